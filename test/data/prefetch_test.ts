import assert from "node:assert/strict";
import type { BatchStream } from "../../src/data/text/batches.ts";
import { PrefetchedBatches } from "../../src/data/prefetch.ts";

/** A stream that counts, and needs some time for each batch. */
class SlowStream implements BatchStream {
  begun = 0;
  constructor(readonly failAt = Infinity, readonly ms = 20) {}

  async fill(tokens: Int32Array, targets: Int32Array): Promise<void> {
    const id = ++this.begun;
    await new Promise((resolve) => setTimeout(resolve, this.ms));
    if (id === this.failAt) throw new TypeError("gone");
    tokens.fill(id);
    targets.fill(-id);
  }

  state() {
    return { seed: 0, stream: 0, position: this.begun };
  }
}

Deno.test("the next batch is read while the one before is computed with", async () => {
  const stream = new SlowStream();
  const batches = new PrefetchedBatches(stream, 2);
  const [tokens, targets] = [new Int32Array(2), new Int32Array(2)];
  assert.equal(batches.state().position, 0);
  await batches.fill(tokens, targets);
  for (let id = 1; id <= 5; id++) {
    assert.deepEqual([...tokens, ...targets], [id, id, -id, -id]);
    // To go on from here, the batch that is read ahead is read again.
    assert.equal(batches.state().position, id);
    assert.equal(stream.begun, id + 1);
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.deepEqual([...tokens], [id, id], "the batch is not written over");
    let isThere = false;
    const filled = batches.fill(tokens, targets).then(() => isThere = true);
    // No timer runs out between these, so that nothing has been waited for.
    for (let turn = 0; turn < 10; turn++) await null;
    assert.ok(isThere, `batch ${id + 1} had to be waited for`);
    await filled;
  }
});

Deno.test("a batch that cannot be read fails only whoever asks for it", async () => {
  const batches = new PrefetchedBatches(new SlowStream(2, 0), 1);
  const [tokens, targets] = [new Int32Array(1), new Int32Array(1)];
  await batches.fill(tokens, targets);
  await new Promise((resolve) => setTimeout(resolve, 10));
  await assert.rejects(batches.fill(tokens, targets), /gone/);
});
