import assert from "node:assert/strict";
import { join } from "node:path";
import { TokenFile } from "../../../src/data/prepared/token_file.ts";
import { TokenFileWriter, writeTokenFile } from "../../../src/data/prepared/token_file_writer.ts";
import { Random } from "../../../src/random.ts";
import { withFolder } from "../../train/tiny_run.ts";

const ids = (length: number, vocabSize: number) => {
  const random = new Random(vocabSize);
  return Int32Array.from({ length }, () => random.integer(vocabSize));
};

/** Chunks of many lengths, none among them. */
function* chunks(all: Int32Array) {
  for (let at = 0, length = 0; at < all.length; at += length++) yield all.subarray(at, at + length);
}

Deno.test("tokens come back from every place of a file, of two and four bytes, in memory and not", async () => {
  await withFolder(async (folder) => {
    for (
      const [vocabSize, bytesPerToken] of [[65_536, 2], [65_537, 4], [2 ** 31 - 1, 4]] as const
    ) {
      const path = join(folder, String(vocabSize));
      const all = ids(200_000, vocabSize);
      all.set([0, vocabSize - 1]);
      const header = await writeTokenFile(path, vocabSize, chunks(all));
      assert.equal(header.tokens, all.length);
      assert.equal(header.bytesPerToken, bytesPerToken);
      assert.equal((await Deno.stat(path)).size, 64 + all.length * bytesPerToken);
      for (const memoryBytes of [0, 2 ** 20]) {
        using file = await TokenFile.open(path, { memoryBytes });
        assert.equal(file.isInMemory, memoryBytes > 0);
        const random = new Random(1);
        // More at once than there are handles.
        await Promise.all(Array.from({ length: 60 }, async () => {
          const part = new Int32Array(random.integer(50));
          const start = random.integer(all.length - part.length + 1);
          await file.read(start, part);
          assert.deepEqual(part, all.slice(start, start + part.length));
        }));
        assert.throws(() => void file.read(all.length - 1, new Int32Array(2)), RangeError);
        assert.throws(() => void file.read(-1, new Int32Array(1)), RangeError);
      }
    }
  });
});

Deno.test("a file that is damaged, cut off, or of another version is refused", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "tokens");
    await writeTokenFile(path, 300, [ids(1000, 300)]);
    const whole = await Deno.readFile(path);
    const refused = async (why: RegExp, change: (bytes: Uint8Array) => Uint8Array) => {
      await Deno.writeFile(path, change(whole.slice()));
      for (const memoryBytes of [0, 2 ** 20]) {
        await assert.rejects(TokenFile.open(path, { memoryBytes }), {
          name: "InputError",
          message: why,
        });
      }
    };
    const changed = (at: number, value?: number) => (bytes: Uint8Array) =>
      bytes.with(at, value ?? bytes[at] ^ 1);
    await refused(/its checksum is wrong/, changed(whole.length - 1));
    await refused(/its checksum is wrong/, changed(40));
    await refused(/it has 2063 bytes instead of 2064/, (bytes) => bytes.slice(0, -1));
    await refused(/it has 2065 bytes instead of 2064/, (bytes) => Uint8Array.of(...bytes, 0));
    await refused(/no whole file of tokens/, (bytes) => bytes.slice(0, 63));
    await refused(/no file of tokens/, changed(0));
    await refused(/of version 2 of the format, version 1 is accepted/, changed(8, 2));
    await refused(/3 bytes per token/, changed(12, 3));
    await refused(/instead of/, changed(16));
    await assert.rejects(TokenFile.open(join(folder, "none")), { name: "InputError" });
  });
});

Deno.test("what was not finished is no file of tokens, and no token is changed without a word", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "tokens");
    {
      using writer = await TokenFileWriter.create(path, 300);
      await writer.write(ids(500_000, 300));
      assert.equal(writer.tokens, 500_000);
      await assert.rejects(writer.write(Int32Array.of(300)), RangeError);
      await assert.rejects(writer.write(Int32Array.of(-1)), RangeError);
    }
    await assert.rejects(TokenFile.open(path), /no file of tokens/);
    await assert.rejects(TokenFileWriter.create(path, 300), /already exists/);
  });
});
