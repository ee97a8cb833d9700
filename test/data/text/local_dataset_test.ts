import assert from "node:assert/strict";
import { join } from "node:path";
import { InputError } from "../../../src/errors.ts";
import { loadTextDataset } from "../../../src/data/datasets.ts";
import { sha256Hex } from "../../../src/files/sha256.ts";

/** Makes files with these contents in a new folder and runs a test on it. */
async function withFiles(
  files: Record<string, string | number[]>,
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, content] of Object.entries(files)) {
      const path = join(folder, name);
      await Deno.mkdir(join(path, ".."), { recursive: true });
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      await Deno.writeFile(path, Uint8Array.from(bytes));
    }
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function refusal(path: string): Promise<string> {
  try {
    await loadTextDataset(path);
  } catch (error) {
    assert.ok(error instanceof InputError, String(error));
    return error.message;
  }
  return assert.fail("it was accepted");
}

Deno.test("a text file is read as it is, without its byte order mark", () =>
  withFiles(
    { "a.dat": [0xef, 0xbb, 0xbf, ...new TextEncoder().encode("é\r\n")] },
    async (folder) => {
      const path = join(folder, "a.dat");
      const loaded = await loadTextDataset(path);
      assert.equal(loaded.text, "é\r\n");
      assert.equal(loaded.canonicalName, path);
      assert.equal(loaded.sha256, await sha256Hex("é\r\n"));
    },
  ));

Deno.test("the text files of a folder are joined in the order of their paths", () =>
  withFiles({
    "b.txt": "second",
    "a.md": "first\n",
    "c/d.TXT": "third",
    "c/empty.txt": "",
    "z.png": [0, 1, 2],
    ".hidden.txt": "no",
    ".git/x.txt": "no",
  }, async (folder) => {
    await Deno.symlink(folder, join(folder, "loop"));
    await Deno.symlink(folder, join(folder, "loop.txt"));
    const notices: string[] = [];
    const { text } = await loadTextDataset(folder, { onNotice: (line) => notices.push(line) });
    assert.equal(text, "first\nsecond\nthird");
    assert.deepEqual(notices, [`Reading 4 text files in ${folder}`]);
  }));

Deno.test("what is wrong with a text is said, and where", () =>
  withFiles({
    "empty.txt": "",
    "mark.txt": [0xef, 0xbb, 0xbf],
    "binary.txt": [0x41, 0x42, 0, 0x43],
    "latin1.txt": [0x63, 0x61, 0x66, 0xe9, 0x0a],
    "utf16.txt": [0xff, 0xfe, 0x41, 0],
    "folder/good.txt": "good",
    "folder/sub/bad.txt": [0x41, 0xff],
    "other/picture.png": [1],
  }, async (folder) => {
    const at = (name: string) => join(folder, name);
    const messages: [name: string, why: string][] = [
      ["missing.txt", "no such file or folder"],
      ["empty.txt", "it is empty"],
      ["mark.txt", "it is empty"],
      [
        "binary.txt",
        "it is binary, with a zero byte at offset 2, UTF-8 text is accepted",
      ],
      ["latin1.txt", "the byte 0xE9 at offset 3 is not UTF-8, convert the text to UTF-8"],
      ["utf16.txt", "it is UTF-16, convert it to UTF-8"],
      [
        "other",
        "the folder holds no data, files named .parquet, .jsonl, .csv, .tsv and .txt (also with " +
        ".gz) are read",
      ],
    ];
    for (const [name, why] of messages) {
      assert.equal(await refusal(at(name)), `Cannot read ${at(name)}: ${why}`);
    }
    assert.match(await refusal(at("folder")), /folder\/sub\/bad\.txt: the byte 0xFF at offset 1/);
  }));

Deno.test("a text that is too large for a string is refused before it is read", () =>
  withFiles({ "large.txt": "" }, async (folder) => {
    const path = join(folder, "large.txt");
    await Deno.truncate(path, 2 ** 29);
    assert.equal(
      await refusal(path),
      `Cannot read ${path}: it is too large, texts of up to 511 MiB are accepted`,
    );
  }));

Deno.test({
  name: "a device is refused",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const message = "Cannot read /dev/null: it is neither a file nor a folder";
    assert.equal(await refusal("/dev/null"), message);
  },
});
