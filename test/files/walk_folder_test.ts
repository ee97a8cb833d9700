import assert from "node:assert/strict";
import { join } from "node:path";
import { walkFolder } from "../../src/files/walk_folder.ts";

Deno.test("links are followed, to folders too, and in no circle", async () => {
  const root = await Deno.makeTempDir();
  try {
    const folder = join(root, "data");
    await Deno.mkdir(join(folder, "a", "b"), { recursive: true });
    await Deno.mkdir(join(root, "elsewhere", "deep"), { recursive: true });
    for (const path of ["data/z.txt", "data/a/b/1.png", "data/.hidden", "elsewhere/deep/2.png"]) {
      await Deno.writeTextFile(join(root, path), "");
    }
    await Deno.symlink(join(root, "elsewhere"), join(folder, "a", "more"));
    await Deno.symlink(join(folder, "z.txt"), join(folder, "a", "file.txt"));
    await Deno.symlink(folder, join(folder, "a", "circle"));
    await Deno.symlink(join(folder, "a"), join(folder, "again"));
    assert.deepEqual((await walkFolder(folder)).map(({ path }) => path), [
      "a/b/1.png",
      "a/file.txt",
      "a/more/deep/2.png",
      "again/b/1.png",
      "again/file.txt",
      "again/more/deep/2.png",
      "z.txt",
    ]);
    await assert.rejects(walkFolder(join(root, "none")), { name: "InputError" });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
