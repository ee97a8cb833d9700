import assert from "node:assert/strict";
import { join } from "node:path";
import { downloadOnce } from "../../../src/data/download/download_cache.ts";
import { sha256Hex } from "../../../src/files/sha256.ts";

const content = new TextEncoder().encode("Who's there?\n");

/** Runs a test with a folder, and a server of the file that counts the requests. */
async function withServer(
  test: (folder: string, get: (cacheDir: string) => Promise<Uint8Array>, log: Log) => Promise<void>,
): Promise<void> {
  const log: Log = { requests: 0, notices: [] };
  const options = { port: 0, hostname: "127.0.0.1", onListen() {} };
  const server = Deno.serve(options, () => {
    log.requests++;
    return new Response(content);
  });
  const folder = await Deno.makeTempDir();
  const file = {
    title: "The File",
    fileName: "file.txt",
    url: `http://127.0.0.1:${server.addr.port}/f`,
    bytes: content.length,
    sha256: await sha256Hex(content),
  };
  const onNotice = (line: string) => log.notices.push(line);
  try {
    await test(folder, (cacheDir) => downloadOnce(file, { cacheDir, onNotice }), log);
  } finally {
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
}

interface Log {
  requests: number;
  notices: string[];
}

Deno.test("downloadOnce downloads once and keeps the file", () =>
  withServer(async (folder, get, log) => {
    const cacheDir = join(folder, "new", "cache");
    assert.deepEqual(await get(cacheDir), content);
    assert.deepEqual(await get(cacheDir), content);
    assert.deepEqual(await Deno.readFile(join(cacheDir, "file.txt")), content);
    assert.deepEqual(log, { requests: 1, notices: [] });
  }));

Deno.test("downloadOnce replaces a damaged copy", () =>
  withServer(async (folder, get, log) => {
    const path = join(folder, "file.txt");
    await Deno.writeFile(path, content.slice(1));
    assert.deepEqual(await get(folder), content);
    assert.deepEqual(await Deno.readFile(path), content);
    const notice = `The copy of The File in ${path} is damaged, it is downloaded again`;
    assert.deepEqual(log, { requests: 1, notices: [notice] });
  }));

Deno.test("downloadOnce works where nothing can be kept", () =>
  withServer(async (folder, get, log) => {
    const notFolder = join(folder, "a-file");
    await Deno.writeTextFile(notFolder, "");
    assert.deepEqual(await get(notFolder), content);
    assert.equal(log.notices.length, 1);
    assert.match(log.notices[0], /^Cannot write .*; The File will be downloaded again next time$/);
  }));
