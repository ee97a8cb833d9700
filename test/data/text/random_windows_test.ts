import assert from "node:assert/strict";
import { EpochWindows } from "../../../src/data/text/epoch_windows.ts";
import { Random } from "../../../src/random.ts";
import { RandomWindows } from "../../../src/data/text/random_windows.ts";
import type { TokenSource } from "../../../src/data/text/token_source.ts";

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

Deno.test("RandomWindows refuse arrays that do not fit", () => {
  const windows = new RandomWindows(count(9), { batch: 2, context: 3 }, new Random(0));
  const right = new Int32Array(6);
  assert.throws(() => windows.fill(new Int32Array(5), right), RangeError);
  assert.throws(() => windows.fill(right, new Int32Array(7)), RangeError);
});

Deno.test("RandomWindows keep drawing the same windows for a seed, in every version", () => {
  const windows = new RandomWindows(count(1000), { batch: 3, context: 2 }, new Random(1, 2));
  const [tokens, targets] = [new Int32Array(6), new Int32Array(6)];
  windows.fill(tokens, targets);
  windows.fill(tokens, targets);
  assert.deepEqual([...tokens], [169, 170, 37, 38, 348, 349]);
});

Deno.test("windows lie anywhere in ten thousand million tokens", () => {
  const length = 1e10;
  const starts: number[] = [];
  const source: TokenSource = {
    length,
    read(start, into) {
      assert.ok(Number.isSafeInteger(start) && start >= 0 && start + into.length <= length);
      starts.push(start);
    },
  };
  const shape = { batch: 50, context: 7 };
  const [tokens, targets] = [new Int32Array(350), new Int32Array(350)];
  for (
    const windows of [
      new RandomWindows(source, shape, new Random(2)),
      new EpochWindows(source, shape, { seed: 2, stream: 0, position: 0 }),
    ]
  ) {
    starts.length = 0;
    for (let batch = 0; batch < 10; batch++) windows.fill(tokens, targets);
    const far = starts.filter((start) => start > 2 ** 32).length / starts.length;
    assert.ok(Math.abs(far - (1 - 2 ** 32 / length)) < 0.1, `${far}`);
    assert.equal(new Set(starts).size, 500);
  }
});
