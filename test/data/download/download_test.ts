import assert from "node:assert/strict";
import { download } from "../../../src/data/download/download.ts";
import { WorkError } from "../../../src/errors.ts";
import { sha256Hex } from "../../../src/files/sha256.ts";

const content = new TextEncoder().encode("To be, or not to be".repeat(1000));
const file = { bytes: content.length, sha256: await sha256Hex(content), patienceMs: 300 };

/** Downloads from a local server that answers every request this way. */
async function from(
  handler: (request: Request) => Response | Promise<Response>,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, handler);
  try {
    return await download({ ...file, url: `http://127.0.0.1:${server.addr.port}/f`, signal });
  } finally {
    await server.shutdown();
  }
}

/** A body that sends `first`, and then is as silent as a dead server until it is cancelled. */
function stalled(first: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({ start: (controller) => controller.enqueue(first) });
}

async function failure(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
  } catch (error) {
    assert.ok(error instanceof WorkError, String(error));
    assert.match(error.message, /^Cannot download http:\/\/127\.0\.0\.1:\d+\/f: [^\n]+$/);
    return error.message.replace(/^.*?\/f: /, "");
  }
  return assert.fail("the download succeeded");
}

Deno.test("download gives exactly the file", async () => {
  assert.deepEqual(await from(() => new Response(content)), content);
});

Deno.test("download takes a slow server that keeps talking", async () => {
  const slow = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async start(controller) {
      for (let at = 0; at < 5; at++) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        controller.enqueue(content.slice(content.length * at / 5, content.length * (at + 1) / 5));
      }
      controller.close();
    },
  });
  assert.deepEqual(await from(() => new Response(slow)), content);
});

Deno.test("download notices everything that is not the file", async () => {
  const answers: [response: () => Response, why: RegExp][] = [
    [() => new Response("sorry", { status: 500 }), /^the server answered 500/],
    [() => new Response(null, { status: 404 }), /^the server answered 404/],
    [() => new Response(content.slice(0, 1000)), /^it ended after 1000 of 19000 bytes$/],
    [() => new Response(content.with(7, 0)), /^its checksum is wrong$/],
    [() => new Response(content.toReversed()), /^its checksum is wrong$/],
    [() => new Response("x".repeat(1_000_000)), /^it is larger than it should be$/],
    [() => new Response(stalled(content.slice(0, 9))), /^the server was silent for 0\.3 seconds$/],
  ];
  for (const [response, why] of answers) assert.match(await failure(from(response)), why);
});

Deno.test("download gives up a server that never answers, in time", async () => {
  let release = () => {};
  const released = new Promise<Response>((resolve) => release = () => resolve(new Response()));
  const start = performance.now();
  const why = await failure(from(() => {
    setTimeout(release, 1000); // so that the server can shut down
    return released;
  }));
  assert.equal(why, "the server was silent for 0.3 seconds");
  assert.ok(performance.now() - start < 3000);
});

Deno.test("download says that nobody listens", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  listener.close();
  const why = await failure(download({ ...file, url: `http://127.0.0.1:${port}/f` }));
  assert.match(why, /^[^()]*connect[^()]*refused/i);
});

Deno.test("download ends with the reason of its signal", async () => {
  const reason = new Error("interrupted");
  const controller = new AbortController();
  const attempt = from(() => {
    controller.abort(reason);
    return new Response(stalled(content.slice(0, 9)));
  }, controller.signal);
  await assert.rejects(attempt, reason);
});
