import assert from "node:assert/strict";
import { RandomWindows, ValidationWindows } from "../../src/data/batches.ts";
import { IGNORED_TARGET } from "../../src/ops/cross_entropy.ts";
import { Random } from "../../src/data/random.ts";

function count(length: number): Int32Array {
  return Int32Array.from({ length }, (_, token) => token);
}

Deno.test("RandomWindows are runs of the text with the next token as target", () => {
  const [batch, context, length] = [3, 5, 40];
  const windows = new RandomWindows(count(length), { batch, context }, new Random(1));
  const tokens = new Int32Array(batch * context);
  const targets = new Int32Array(batch * context);
  const starts = new Set<number>();
  for (let step = 0; step < 300; step++) {
    windows.fill(tokens, targets);
    for (let row = 0; row < batch; row++) {
      const start = tokens[row * context];
      starts.add(start);
      for (let t = 0; t < context; t++) {
        assert.equal(tokens[row * context + t], start + t);
        assert.equal(targets[row * context + t], start + t + 1);
      }
    }
  }
  // Every offset is drawn, from the first token to the last that has a whole window and a target.
  assert.deepEqual([...starts].sort((a, b) => a - b), [...count(length - context)]);
});

Deno.test("RandomWindows resume exactly from the state of their generator", () => {
  const shape = { batch: 2, context: 4 };
  const random = new Random(9);
  const windows = new RandomWindows(count(100), shape, random);
  const [a, b, unused] = [new Int32Array(8), new Int32Array(8), new Int32Array(8)];
  windows.fill(a, unused);
  const resumed = new RandomWindows(count(100), shape, Random.fromState(random.state()));
  for (let step = 0; step < 5; step++) {
    windows.fill(a, unused);
    resumed.fill(b, unused);
    assert.deepEqual(a, b);
  }
});

Deno.test("RandomWindows need one whole window and its last target", () => {
  const shape = { batch: 1, context: 64 };
  const windows = new RandomWindows(count(65), shape, new Random(0));
  windows.fill(new Int32Array(64), new Int32Array(64));
  assert.throws(() => new RandomWindows(count(64), shape, new Random(0)), {
    name: "InputError",
    message: "Cannot train with a context of 64: the training split has 64 tokens and 65 are " +
      "needed, use a longer text or a context of at most 63",
  });
  assert.throws(() => new RandomWindows(count(1), shape, new Random(0)), {
    message: /use a longer text$/,
  });
});

Deno.test("ValidationWindows count every target exactly once, whatever the sizes", () => {
  for (const batch of [1, 2, 3]) {
    for (const context of [1, 2, 5]) {
      for (let length = 2; length < 35; length++) {
        const windows = new ValidationWindows(count(length), { batch, context });
        const tokens = new Int32Array(batch * context).fill(-7);
        const targets = new Int32Array(batch * context).fill(-7);
        const seen: number[] = [];
        for (let index = 0; index < windows.batches; index++) {
          const counted = windows.fill(index, tokens, targets);
          assert.ok(counted > 0);
          for (const [position, target] of targets.entries()) {
            if (target === IGNORED_TARGET) assert.equal(tokens[position], 0);
            else assert.equal(tokens[position], target - 1);
          }
          const real = [...targets].filter((target) => target !== IGNORED_TARGET);
          assert.equal(real.length, counted);
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
  assert.equal(windows.fill(1, tokens, targets), 2);
  assert.deepEqual([...tokens], [6, 7, 0, 0, 0, 0]);
  assert.deepEqual([...targets], [7, 8, -100, -100, -100, -100]);
});

Deno.test("ValidationWindows need something to predict", () => {
  assert.throws(() => new ValidationWindows(count(1), { batch: 1, context: 4 }), {
    name: "InputError",
    message: "Cannot evaluate on 1 token: at least 2 are needed, use a longer text",
  });
});

Deno.test("batches refuse arrays and shapes that do not fit", () => {
  const windows = new RandomWindows(count(9), { batch: 2, context: 3 }, new Random(0));
  const right = new Int32Array(6);
  assert.throws(() => windows.fill(new Int32Array(5), right), RangeError);
  assert.throws(() => windows.fill(right, new Int32Array(7)), RangeError);
  const validation = new ValidationWindows(count(9), { batch: 2, context: 3 });
  assert.throws(() => validation.fill(0, right, new Int32Array(7)), RangeError);
  for (const index of [-1, 2, 0.5]) {
    assert.throws(() => validation.fill(index, right, right), RangeError);
  }
  for (const shape of [{ batch: 0, context: 3 }, { batch: 1, context: 1.5 }]) {
    assert.throws(() => new ValidationWindows(count(9), shape), RangeError);
  }
});
