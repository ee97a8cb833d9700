import assert from "node:assert/strict";
import type { TextBatch } from "../../../src/data/text/batches.ts";
import { type BatchIterable, IteratedBatches } from "../../../src/data/text/batch_iterable.ts";

const shape = { batch: 1, context: 2 };
const start = (position: number) => ({ seed: 0, stream: 2, position });
const batch = (id: number): TextBatch => ({
  tokens: Int32Array.of(id, id),
  targets: Int32Array.of(-100, id),
});
const three = [1, 2, 3].map(batch);
async function* later() {
  for (const one of three) {
    await new Promise((resolve) => setTimeout(resolve));
    yield one;
  }
}

async function take(batches: BatchIterable, number: number, position = 0): Promise<number[]> {
  const stream = new IteratedBatches(batches, shape, start(position));
  const ids: number[] = [];
  for (let taken = 0; taken < number; taken++) {
    const [tokens, targets] = [new Int32Array(2), new Int32Array(2)];
    await stream.fill(tokens, targets);
    assert.deepEqual([...targets], [-100, tokens[0]]);
    ids.push(tokens[0]);
    assert.deepEqual(stream.state(), start(position + taken + 1));
  }
  return ids;
}

Deno.test("batches come from anything that can be iterated over, again and again", async () => {
  assert.deepEqual(await take(three, 7), [1, 2, 3, 1, 2, 3, 1]);
  assert.deepEqual(await take({ [Symbol.asyncIterator]: later }, 4), [1, 2, 3, 1]);
  assert.deepEqual(await take(later(), 3), [1, 2, 3]);
  function* endless() {
    for (let id = 0;; id++) yield batch(id);
  }
  assert.deepEqual(await take(endless(), 4, 5), [5, 6, 7, 8]);
  assert.deepEqual(await take(three, 3, 7), [2, 3, 1]);
});

Deno.test("several batches are filled in one go", async () => {
  const stream = new IteratedBatches(three, shape, start(1));
  const [tokens, targets] = [new Int32Array(6), new Int32Array(6)];
  assert.deepEqual(stream.state(), start(1));
  await stream.fill(tokens, targets);
  assert.deepEqual([...tokens], [2, 2, 3, 3, 1, 1]);
  assert.deepEqual(stream.state(), start(4));
});

Deno.test("an iterable that gives too little, or batches of another size, is reported", async () => {
  await assert.rejects(take([], 1), /no batch 1: the iterable gives none at all/);
  await assert.rejects(take(later(), 4), /no batch 4: .* none when it is iterated over again/);
  const large = [{ tokens: new Int32Array(3), targets: new Int32Array(2) }];
  await assert.rejects(take(large, 1), /a batch of \(1, 2\) does not fit 3 elements/);
});
