import assert from "node:assert/strict";
import { gunzipped } from "../../src/files/gunzip.ts";

async function* compressed(pieces: Iterable<Uint8Array<ArrayBuffer>>) {
  yield* ReadableStream.from(pieces).pipeThrough(new CompressionStream("gzip"));
}

async function sizeOf(chunks: AsyncIterable<Uint8Array<ArrayBuffer>>, most?: number) {
  let size = 0;
  for await (const piece of gunzipped(chunks, "x.gz", most)) size += piece.length;
  return size;
}

Deno.test("what was compressed comes back", async () => {
  const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => i * i >> 3);
  const pieces = await Array.fromAsync(gunzipped(compressed([bytes]), "x.gz"));
  assert.deepEqual(new Uint8Array(await new Blob(pieces).arrayBuffer()), bytes);
});

Deno.test("a file that was made to fill the memory stops early", async () => {
  const zeros = new Uint8Array(1 << 20);
  const bomb = await Array.fromAsync(compressed(Array.from({ length: 200 }, () => zeros)));
  const whole = new Uint8Array(await new Blob(bomb).arrayBuffer());
  const one = async function* () {
    yield whole;
  };
  const before = Deno.memoryUsage().rss;
  await assert.rejects(sizeOf(one()), {
    name: "InputError",
    message: /more than 300 times as large/,
  });
  await assert.rejects(sizeOf(one(), 1000), {
    name: "InputError",
    message: /larger than 1000 bytes/,
  });
  assert.ok(Deno.memoryUsage().rss - before < 200e6);
  const half = async function* () {
    yield whole.slice(0, 1000);
  };
  await assert.rejects(sizeOf(half()), { name: "InputError", message: /no whole gzip file/ });
});
