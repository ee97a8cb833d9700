import assert from "node:assert/strict";
import { join } from "node:path";
import { Corpus, type PartName } from "../../../src/data/text/corpus.ts";
import type { CorpusOptions } from "../../../src/data/text/corpus_options.ts";
import { openDataset } from "../../../src/data/datasets.ts";
import { sha256Hex } from "../../../src/files/sha256.ts";
import { tinyText } from "../../tiny_text.ts";
import { withFolder } from "../../train/tiny_run.ts";

const lines = tinyText(400).trimEnd().split("\n");
const jsonLines = (texts: readonly string[]) =>
  texts.map((text, id) => JSON.stringify({ id, text }) + "\n").join("");

async function openText(path: string, options?: Partial<CorpusOptions>): Promise<Corpus> {
  return new Corpus(await openDataset(path), options);
}
const textsOf = (corpus: Corpus, name: PartName) => Array.fromAsync(corpus.part(name).texts());
const textOf = async (corpus: Corpus, name: PartName) => (await textsOf(corpus, name)).join("");

Deno.test("of a running text the last tenth of the characters is held out, cleaned afterwards", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "text.txt");
    // Many chunks of a file, and characters of several bytes that chunks end within.
    const text = "To be,\r\nor NOT to 😀 bé.\r\n".repeat(130_000);
    await Deno.writeTextFile(path, text);
    const characters = [...text];
    const boundary = Math.floor(characters.length * 0.9);
    const parts = {
      train: characters.slice(0, boundary).join(""),
      validation: characters.slice(boundary).join(""),
      all: text,
    };
    for (const options of [{}, { normalizeNewlines: true, lowerCase: true }]) {
      const corpus = await openText(path, options);
      assert.deepEqual(corpus.partNames, ["train", "validation"]);
      for (const [name, part] of Object.entries(parts)) {
        const cleaned = "lowerCase" in options ? part.replaceAll("\r\n", "\n").toLowerCase() : part;
        assert.equal(await textOf(corpus, name as PartName) === cleaned, true, name);
      }
      assert.equal((await corpus.measure()).sha256, await sha256Hex(text));
      assert.throws(() => corpus.part("test"), /it has none, only all/);
    }
  });
});

Deno.test("of rows a tenth is held out by a seed, always the same, each a document", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "rows.jsonl");
    const rows = [...lines.slice(0, 99), ""];
    await Deno.writeTextFile(path, jsonLines(rows));
    const corpus = await openText(path);
    const [train, validation] = [
      await textsOf(corpus, "train"),
      await textsOf(corpus, "validation"),
    ];
    assert.equal(corpus.part("train").isContinuous, false);
    assert.equal(train.length + validation.length, 99, "a document without a text is none");
    assert.ok(validation.length === 10 || validation.length === 9);
    assert.deepEqual([...train, ...validation].sort(), rows.slice(0, 99).sort());
    assert.deepEqual(train, rows.filter((row) => train.includes(row)), "in their order");
    assert.deepEqual(await textsOf(await openText(path), "validation"), validation);
    const other = await textsOf(await openText(path, { splitSeed: 1 }), "validation");
    assert.notDeepEqual(other, validation);
    assert.deepEqual(await textsOf(corpus, "all"), rows.slice(0, 99));

    const few = await openText(path, { rows: 5 });
    const both = [...await textsOf(few, "train"), ...await textsOf(few, "validation")];
    assert.deepEqual(both.sort(), rows.slice(0, 5).sort());
    await assert.rejects(textsOf(await openText(path, { rows: 1 }), "train"), {
      message: /Cannot hold out rows of .*: it has 1 row with a text, at least 2 are needed/,
    });

    const joined = await openText(path, { joinRows: true });
    const running = rows.join("\n");
    assert.equal(joined.part("train").isContinuous, true);
    assert.equal(await textOf(joined, "all"), running);
    assert.equal(await textOf(joined, "train"), running.slice(0, Math.floor(running.length * 0.9)));
  });
});

Deno.test("splits of a data set's own are used, and nothing is held out of them", async () => {
  await withFolder(async (folder) => {
    for (const [name, from] of [["train", 0], ["validation", 100], ["test", 200]] as const) {
      await Deno.writeTextFile(
        join(folder, `${name}.jsonl`),
        jsonLines(lines.slice(from, from + 9)),
      );
    }
    const corpus = await openText(folder);
    assert.deepEqual(corpus.partNames, ["train", "validation", "test"]);
    assert.deepEqual(await textsOf(corpus, "train"), lines.slice(0, 9));
    assert.deepEqual(await textsOf(corpus, "validation"), lines.slice(100, 109));
    assert.deepEqual(await textsOf(corpus, "test"), lines.slice(200, 209));
    assert.equal((await textsOf(corpus, "all")).length, 27);
  });
});

Deno.test("a corpus refuses what it cannot do", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "text.txt");
    await Deno.writeTextFile(path, "");
    await assert.rejects((await openText(path)).measure(), /text\.txt: it is empty/);
    await Deno.writeTextFile(path, "To be\0or not");
    await assert.rejects(textsOf(await openText(path), "train"), {
      name: "InputError",
      message: /text\.txt: it is binary, with a zero byte at offset 5/,
    });
    await assert.rejects(openText(path, { rows: 3 }), /use 3 rows of .*: it is running text/);
    await assert.rejects(openText(path, { joinRows: true }), /join rows of .*: it is running text/);
    // In rows a zero byte is a character like any other.
    const rows = join(folder, "rows.jsonl");
    await Deno.writeTextFile(rows, jsonLines(["a\0b", "c"]));
    assert.equal(await textOf(await openText(rows), "all"), "a\0bc");
    const aborted = (await openText(rows)).measure({ signal: AbortSignal.abort(new Error("no")) });
    await aborted.catch(() => {});
  });
});
