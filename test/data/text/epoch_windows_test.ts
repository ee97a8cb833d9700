import assert from "node:assert/strict";
import { EpochWindows } from "../../../src/data/text/epoch_windows.ts";
import type { TokenSource } from "../../../src/data/text/token_source.ts";
import { IGNORED_TARGET } from "../../../src/ops/cross_entropy.ts";

const count = (length: number) => Int32Array.from({ length }, (_, token) => token);
const start = { seed: 4, stream: 2, position: 0 };

/** Tokens that come later. */
const slowly = (tokens: Int32Array): TokenSource => ({
  length: tokens.length,
  async read(from, into) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    into.set(tokens.subarray(from, from + into.length));
  },
});

Deno.test("an epoch has every target once, in another order each time", async () => {
  for (const batch of [1, 2, 3]) {
    for (const context of [1, 2, 5]) {
      for (let length = context + 1; length < 25; length++) {
        const windows = new EpochWindows(count(length), { batch, context }, start);
        const [tokens, targets] = [
          new Int32Array(batch * context),
          new Int32Array(batch * context),
        ];
        const seen: number[] = [];
        // As many epochs as end with a batch.
        const batches = windows.windowsPerEpoch;
        for (let index = 0; index < batches; index++) {
          await windows.fill(tokens, targets);
          for (const [at, target] of targets.entries()) {
            if (target === IGNORED_TARGET) assert.equal(tokens[at], 0);
            else assert.equal(tokens[at], target - 1);
          }
          seen.push(...targets.filter((target) => target !== IGNORED_TARGET));
        }
        const expected = [...count(length)].slice(1).flatMap((target) => Array(batch).fill(target));
        assert.deepEqual(seen.sort((a, b) => a - b), expected);
      }
    }
  }
  const orderOf = async (position: number) => {
    const windows = new EpochWindows(count(51), { batch: 50, context: 1 }, { ...start, position });
    const tokens = new Int32Array(50);
    await windows.fill(tokens, new Int32Array(50));
    return tokens;
  };
  assert.notDeepEqual(await orderOf(0), await orderOf(50));
  assert.notDeepEqual(await orderOf(0), count(50));
});

Deno.test("epochs go on from where they were, also from tokens that come later", async () => {
  const shape = { batch: 3, context: 4 };
  const whole = new EpochWindows(count(70), shape, start);
  const [a, b] = [new Int32Array(12), new Int32Array(12)];
  for (let batch = 0; batch < 40; batch++) {
    const state = JSON.parse(JSON.stringify(whole.state()));
    assert.equal(state.position, 3 * batch);
    await whole.fill(a, new Int32Array(12));
    const resumed = new EpochWindows(slowly(count(70)), shape, state);
    await resumed.fill(b, new Int32Array(12));
    assert.deepEqual(a, b);
    assert.deepEqual(resumed.state(), whole.state());
  }
});

Deno.test("epochs need one whole window and its last target", () => {
  assert.throws(() => new EpochWindows(count(8), { batch: 1, context: 8 }, start), {
    name: "InputError",
    message: /Cannot train with a context of 8: the training split has 8 tokens and 9 are needed/,
  });
});
