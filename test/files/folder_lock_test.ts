import assert from "node:assert/strict";
import { join } from "node:path";
import { isLocked, lockFile } from "../../src/files/folder_lock.ts";

Deno.test("one at a time holds a lock, also when locks are taken and given back all the time", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "run", ".lock");
    const first = await lockFile(path);
    assert.ok(isLocked(first));
    const second = await lockFile(path);
    assert.deepEqual(second, { holder: `process ${Deno.pid}` });
    first[Symbol.dispose]();
    let holders = 0;
    let most = 0;
    await Promise.all(Array.from({ length: 8 }, async () => {
      for (let time = 0; time < 20; time++) {
        const lock = await lockFile(path);
        if (!isLocked(lock)) {
          await new Promise((resolve) => setTimeout(resolve, 1));
          continue;
        }
        most = Math.max(most, ++holders);
        await new Promise((resolve) => setTimeout(resolve, 1));
        holders--;
        lock[Symbol.dispose]();
      }
    }));
    assert.equal(most, 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
