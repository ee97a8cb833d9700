import assert from "node:assert/strict";
import { join } from "node:path";
import { publishDirectory } from "../../src/files/publish_directory.ts";
import { withFolder } from "../train/tiny_run.ts";

const names = async (folder: string) =>
  (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
const write = (content: string) => (folder: string) =>
  Deno.writeTextFile(join(folder, "file"), content);
const read = (path: string) => Deno.readTextFile(join(path, "file"));
const isWhole = async (path: string) => (await read(path)) !== "damaged";

Deno.test("of several that make a folder at once the first stays", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "cache", "entry");
    const makers = ["a", "b", "c"].map((content) =>
      publishDirectory(path, write(content), isWhole)
    );
    await Promise.all(makers);
    assert.match(await read(path), /^[abc]$/);
    assert.deepEqual(await names(path), ["file"]);
    const first = await read(path);
    await publishDirectory(path, write("later"), isWhole);
    assert.equal(await read(path), first);
    assert.deepEqual(await names(join(folder, "cache")), ["entry"]);
  });
});

Deno.test("a damaged folder is replaced, and a failure leaves nothing", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "entry");
    await publishDirectory(path, write("damaged"), isWhole);
    await assert.rejects(
      publishDirectory(path, async (temporary) => {
        await write("half")(temporary);
        throw new TypeError("broken");
      }, isWhole),
      TypeError,
    );
    assert.equal(await read(path), "damaged");
    assert.deepEqual(await names(folder), ["entry"]);
    await publishDirectory(path, write("good"), isWhole);
    assert.equal(await read(path), "good");
    assert.deepEqual(await names(folder), ["entry"]);
  });
});

Deno.test("many that make folders beside each other take none for abandoned", async () => {
  await withFolder(async (folder) => {
    const paths = Array.from({ length: 60 }, (_, index) => join(folder, `entry ${index}`));
    await Promise.all(paths.map((path) => publishDirectory(path, write("whole"), isWhole)));
    for (const path of paths) assert.equal(await read(path), "whole");
    assert.equal((await names(folder)).length, paths.length);
  });
});

Deno.test("what killed processes left is removed, what others are writing is not", async () => {
  await withFolder(async (folder) => {
    const left = join(folder, ".entry.left.tmp");
    await Deno.mkdir(left);
    await Deno.writeTextFile(join(left, "lock"), "");
    await write("half")(left);
    await Deno.mkdir(join(folder, ".entry.new.tmp"));
    const { promise, resolve } = Promise.withResolvers<void>();
    const slow = publishDirectory(join(folder, "slow"), async (temporary) => {
      await promise;
      await write("slow")(temporary);
    }, isWhole);
    await publishDirectory(join(folder, "quick"), write("quick"), isWhole);
    const during = await names(folder);
    assert.deepEqual(during.filter((name) => !name.startsWith(".slow")), [
      ".entry.new.tmp",
      "quick",
    ]);
    assert.equal(during.length, 3);
    resolve();
    await slow;
    assert.equal(await read(join(folder, "slow")), "slow");
  });
});
