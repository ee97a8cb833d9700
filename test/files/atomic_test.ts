import assert from "node:assert/strict";
import { join } from "node:path";
import { InputError, WorkError } from "../../src/errors.ts";
import { appendLine, writeDirectoryAtomic, writeFileAtomic } from "../../src/files/atomic.ts";
import { onFullDisk } from "./full_disk.ts";

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

Deno.test("writeFileAtomic makes folders, writes and replaces, and leaves nothing beside", () =>
  inFolder(async (folder) => {
    const path = join(folder, "a", "b", "file.txt");
    await writeFileAtomic(path, "one é");
    await writeFileAtomic(path, Uint8Array.of(1, 2, 3));
    assert.deepEqual(await Deno.readFile(path), Uint8Array.of(1, 2, 3));
    assert.deepEqual(names(join(folder, "a", "b")), ["file.txt"]);
  }));

Deno.test("writeFileAtomic survives writers of the same file", () =>
  inFolder(async (folder) => {
    const path = join(folder, "file");
    const contents = Array.from({ length: 8 }, (_, digit) => String(digit).repeat(100_000));
    await Promise.all(contents.map((content) => writeFileAtomic(path, content)));
    assert.ok(contents.includes(await Deno.readTextFile(path)));
    assert.deepEqual(names(folder), ["file"]);
  }));

Deno.test("writeFileAtomic on a full disk keeps the old file and says so", () =>
  inFolder(async (folder) => {
    const path = join(folder, "file");
    await writeFileAtomic(path, "old");
    await onFullDisk(2, () =>
      assert.rejects(writeFileAtomic(path, "new content"), {
        name: "WorkError",
        message: `Cannot write ${path}: the disk is full, free some space`,
      }));
    assert.equal(await Deno.readTextFile(path), "old");
    assert.deepEqual(names(folder), ["file"]);
  }));

Deno.test("writeFileAtomic names the path and the cause of what cannot be", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "file"), "");
    await assert.rejects(writeFileAtomic(join(folder, "file", "x"), ""), (error: Error) => {
      assert.ok(error instanceof InputError);
      assert.match(error.message, /^Cannot write .*file\/x: .+/);
      return true;
    });
    await Deno.mkdir(join(folder, "taken"));
    await assert.rejects(writeFileAtomic(join(folder, "taken"), ""), {
      name: "InputError",
      message: `Cannot write ${join(folder, "taken")}: it is a folder, not a file`,
    });
    assert.deepEqual(names(folder), ["file", "taken"]);
  }));

Deno.test(
  { name: "writeFileAtomic without permission says which flag", permissions: { read: true } },
  async () => {
    await assert.rejects(writeFileAtomic("x.txt", ""), {
      name: "InputError",
      message: "Cannot write x.txt: Deno may not, run it with --allow-write",
    });
  },
);

Deno.test("writeDirectoryAtomic is complete or absent", () =>
  inFolder(async (folder) => {
    const path = join(folder, "step-1");
    const stale = join(folder, ".step-1.tmp");
    await Deno.mkdir(stale);
    await Deno.writeTextFile(join(stale, "left-over"), "");
    await writeDirectoryAtomic(path, async (temporary) => {
      assert.deepEqual(names(folder), [".step-1.tmp"]);
      await writeFileAtomic(join(temporary, "a"), "1");
      await writeFileAtomic(join(temporary, "b"), "2");
    });
    assert.deepEqual(names(folder), ["step-1"]);
    assert.deepEqual(names(path), ["a", "b"]);

    const failing = writeDirectoryAtomic(join(folder, "step-2"), async (temporary) => {
      await writeFileAtomic(join(temporary, "a"), "1");
      throw new RangeError("lost");
    });
    await assert.rejects(failing, { name: "RangeError", message: "lost" });
    assert.deepEqual(names(folder), ["step-1"]);

    await onFullDisk(1, () =>
      assert.rejects(
        writeDirectoryAtomic(join(folder, "step-3"), async (temporary) => {
          await writeFileAtomic(join(temporary, "a"), "123");
        }),
        WorkError,
      ));
    assert.deepEqual(names(folder), ["step-1"]);
  }));

Deno.test("writeDirectoryAtomic replaces nothing", () =>
  inFolder(async (folder) => {
    const path = join(folder, "step-1");
    await Deno.mkdir(path);
    await assert.rejects(writeDirectoryAtomic(path, () => Promise.resolve()), {
      name: "InputError",
      message: `Cannot write ${path}: it already exists`,
    });
    assert.deepEqual(names(folder), ["step-1"]);
  }));

Deno.test("appendLine appends, and takes back a line that does not fit", () =>
  inFolder(async (folder) => {
    const path = join(folder, "metrics.jsonl");
    await appendLine(path, "one");
    await onFullDisk(2, () => assert.rejects(appendLine(path, "two"), WorkError));
    assert.equal(await Deno.readTextFile(path), "one\n");
    await appendLine(path, "three");
    assert.equal(await Deno.readTextFile(path), "one\nthree\n");
  }));

Deno.test({
  name: "appendLine to a device without space fails",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    assert.rejects(appendLine("/dev/full", "line"), {
      name: "WorkError",
      message: "Cannot write /dev/full: the disk is full, free some space",
    }),
});
