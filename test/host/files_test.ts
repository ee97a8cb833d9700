import assert from "node:assert/strict";
import { join } from "node:path";
import { isMissing, isNotFolder } from "../../src/host/file_failures.ts";
import { exists, existsSync, isTaken, makeSymbolicLink } from "../../src/host/files.ts";
import { openFile, readFull, seek, writeAll } from "../../src/host/open_file.ts";

Deno.test("a link that leads nowhere takes its name and does not exist", async () => {
  const folder = await Deno.makeTempDir();
  const link = join(folder, "link");
  await makeSymbolicLink("nowhere", link);
  assert.equal(await exists(link), false);
  assert.equal(existsSync(link), false);
  assert.equal(await isTaken(link), true);
  assert.equal(await isTaken(join(folder, "other")), false);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("an open file is written and read in parts", async () => {
  const path = await Deno.makeTempFile();
  {
    using file = await openFile(path, { read: true, write: true });
    await writeAll(file, Uint8Array.of(1, 2, 3, 4));
    await seek(file, 1);
    const part = new Uint8Array(2);
    await readFull(file, part);
    assert.deepEqual([...part], [2, 3]);
    await assert.rejects(readFull(file, part), /became shorter/);
  }
  await Deno.remove(path);
});

Deno.test("failures are distinguished", async () => {
  const file = await Deno.makeTempFile();
  const failure = (path: string) => openFile(path).then(() => undefined, (error) => error);
  assert.ok(isMissing(await failure(file + ".missing")));
  assert.ok(isNotFolder(await failure(join(file, "within"))));
  assert.ok(!isMissing(await failure(join(file, "within"))));
  await Deno.remove(file);
});
