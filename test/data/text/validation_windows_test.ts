import assert from "node:assert/strict";
import { ValidationWindows } from "../../../src/data/text/validation_windows.ts";
import { IGNORED_TARGET } from "../../../src/ops/cross_entropy.ts";

function count(length: number): Int32Array {
  return Int32Array.from({ length }, (_, token) => token);
}

Deno.test("ValidationWindows count every target exactly once, whatever the sizes", () => {
  for (const batch of [1, 2, 3]) {
    for (const context of [1, 2, 5]) {
      for (let length = 2; length < 35; length++) {
        const windows = new ValidationWindows(count(length), { batch, context });
        const tokens = new Int32Array(batch * context).fill(-7);
        const targets = new Int32Array(batch * context).fill(-7);
        const seen: number[] = [];
        for (let index = 0; index < windows.batches; index++) {
          windows.fill(index, tokens, targets);
          for (const [position, target] of targets.entries()) {
            if (target === IGNORED_TARGET) assert.equal(tokens[position], 0);
            else assert.equal(tokens[position], target - 1);
          }
          const real = [...targets].filter((target) => target !== IGNORED_TARGET);
          assert.ok(real.length > 0);
          seen.push(...real);
        }
        assert.deepEqual(seen, [...count(length)].slice(1));
        assert.equal(windows.targets, length - 1);
      }
    }
  }
});

Deno.test("ValidationWindows lay out the last window and the last batch with padding", () => {
  const windows = new ValidationWindows(count(9), { batch: 2, context: 3 });
  const [tokens, targets] = [new Int32Array(6), new Int32Array(6)];
  assert.equal(windows.batches, 2);
  windows.fill(1, tokens, targets);
  assert.deepEqual([...tokens], [6, 7, 0, 0, 0, 0]);
  assert.deepEqual([...targets], [7, 8, -100, -100, -100, -100]);
});

Deno.test("ValidationWindows need something to predict", () => {
  assert.throws(() => new ValidationWindows(count(1), { batch: 1, context: 4 }), {
    name: "InputError",
    message: "Cannot evaluate on 1 token: at least 2 are needed, use a longer text",
  });
});

Deno.test("ValidationWindows refuse arrays, places and shapes that do not fit", () => {
  const right = new Int32Array(6);
  const validation = new ValidationWindows(count(9), { batch: 2, context: 3 });
  assert.throws(() => validation.fill(0, right, new Int32Array(7)), RangeError);
  for (const index of [-1, 2, 0.5]) {
    assert.throws(() => validation.fill(index, right, right), RangeError);
  }
  for (const shape of [{ batch: 0, context: 3 }, { batch: 1, context: 1.5 }]) {
    assert.throws(() => new ValidationWindows(count(9), shape), RangeError);
  }
  for (const stride of [0, 4, 1.5]) {
    const shape = { batch: 2, context: 3, stride };
    assert.throws(() => new ValidationWindows(count(9), shape), RangeError);
  }
});

Deno.test("sliding windows count every target once, with as much context as was asked for", () => {
  for (const batch of [1, 3]) {
    for (const context of [1, 2, 5, 8]) {
      for (let stride = 1; stride <= context; stride++) {
        for (let length = 2; length < 30; length++) {
          const windows = new ValidationWindows(count(length), { batch, context, stride });
          const tokens = new Int32Array(batch * context);
          const targets = new Int32Array(batch * context);
          const seen: number[] = [];
          for (let index = 0; index < windows.batches; index++) {
            windows.fill(index, tokens, targets);
            for (const [position, target] of targets.entries()) {
              if (target === IGNORED_TARGET) continue;
              seen.push(target);
              const before = position % context + 1;
              assert.ok(before >= Math.min(target, context - stride + 1));
              for (let back = 0; back < before; back++) {
                assert.equal(tokens[position - back], target - 1 - back);
              }
            }
          }
          assert.deepEqual(
            seen,
            [...count(length)].slice(1),
            `${[batch, context, stride, length]}`,
          );
        }
      }
    }
  }
});
