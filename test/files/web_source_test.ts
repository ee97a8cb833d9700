import assert from "node:assert/strict";
import { InputError, WorkError } from "../../src/errors.ts";
import { blobSource, fetchBlob } from "../../src/files/web_source.ts";

Deno.test("a blob is read in parts", async () => {
  const source = blobSource(new Blob([Uint8Array.of(1, 2), Uint8Array.of(3, 4)]), "b");
  assert.equal(source.bytes, 4);
  assert.deepEqual(new Uint8Array(await source.slice(1, 3)), Uint8Array.of(2, 3));
});

Deno.test("a blob that has gone is named", async () => {
  const gone = new Blob([Uint8Array.of(1)]);
  gone.slice = () => {
    throw new DOMException("it was changed", "NotReadableError");
  };
  await assert.rejects(blobSource(gone, "model.safetensors").slice(0, 1), (error: Error) => {
    assert.ok(error instanceof InputError);
    assert.equal(error.message, "Cannot read model.safetensors: it was changed");
    return true;
  });
});

async function withServer(
  handler: (request: Request) => Response,
  use: (origin: string) => Promise<void>,
): Promise<void> {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handler);
  try {
    await use(`http://127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

Deno.test("what lies at an address is fetched, and its progress reported", async () => {
  const bytes = new Uint8Array(100_000).fill(7);
  const answer = () => new Response(bytes, { headers: { "content-length": "100000" } });
  await withServer(answer, async (origin) => {
    const seen: [number, number | undefined][] = [];
    const blob = await fetchBlob(origin, { onProgress: (...at) => void seen.push(at) });
    assert.deepEqual(await blob.bytes(), bytes);
    assert.deepEqual(seen.at(-1), [100_000, 100_000]);
  });
});

Deno.test("answers that are no file are errors of the right kind", async () => {
  const answer = ({ url }: Request) => new Response("", { status: Number(url.slice(-3)) });
  await withServer(answer, async (origin) => {
    for (
      const [status, kind] of [[404, InputError], [403, InputError], [503, WorkError]] as const
    ) {
      await assert.rejects(fetchBlob(`${origin}/${status}`), (error: Error) => {
        assert.ok(error instanceof kind, error.name);
        assert.equal(
          error.message,
          `Cannot load ${origin}/${status}: the server answered ${status}`,
        );
        return true;
      });
    }
    await assert.rejects(
      fetchBlob(`${origin}/200`, { signal: AbortSignal.abort(new Error("enough")) }),
      { message: "enough" },
    );
  });
  await assert.rejects(fetchBlob("http://127.0.0.1:1/"), (error: Error) => {
    assert.ok(error instanceof WorkError);
    assert.match(error.message, /^Cannot load http:\/\/127\.0\.0\.1:1\/: /);
    return true;
  });
});
