import assert from "node:assert/strict";
import { join } from "node:path";
import { ByteTokenizer } from "../../../src/data/tokenizers/byte_tokenizer.ts";
import { Corpus } from "../../../src/data/text/corpus.ts";
import { type CorpusOptions, defaultCorpusOptions } from "../../../src/data/text/corpus_options.ts";
import { corpusTokenizer } from "../../../src/data/tokenizers/corpus_tokenizer.ts";
import { openDataset } from "../../../src/data/datasets.ts";
import { CorpusCache, type PreparationOptions } from "../../../src/data/prepared/corpus_cache.ts";
import { loadCorpus } from "../../../src/data/prepared/load_corpus.ts";
import type { PreparedCorpus } from "../../../src/data/prepared/prepared_corpus.ts";
import { tokenSource } from "../../../src/data/text/token_source.ts";
import type { Tokenizer } from "../../../src/data/tokenizers/tokenizer.ts";
import { tinyText } from "../../tiny_text.ts";
import { withFolder } from "../../train/tiny_run.ts";

const lines = tinyText(200).trimEnd().split("\n");
const rows = lines.map((text) => JSON.stringify({ text }) + "\n").join("");

/** A folder with data, and its cache. */
class Place {
  readonly notices: string[] = [];
  constructor(readonly folder: string) {}

  async open(options?: Partial<CorpusOptions>, name = "rows.jsonl") {
    const corpus = new Corpus(await openDataset(join(this.folder, name)), options);
    return { corpus, cache: await CorpusCache.of(corpus, join(this.folder, "cache")) };
  }

  get options(): PreparationOptions {
    return { onNotice: (line) => this.notices.push(line) };
  }

  async prepare(
    tokenizer: Tokenizer,
    options?: Partial<CorpusOptions>,
    name?: string,
  ): Promise<PreparedCorpus> {
    const { cache } = await this.open(options, name);
    return await cache.prepare(tokenizer, this.options);
  }

  async entries(kind = "prepared"): Promise<string[]> {
    const entries = await Array.fromAsync(Deno.readDir(join(this.folder, "cache", kind)));
    return entries.map(({ name }) => name).sort();
  }
}

async function withPlace(test: (place: Place) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "rows.jsonl"), rows);
    await Deno.writeTextFile(join(folder, "text.txt"), lines.join("\n"));
    await test(new Place(folder));
  });
}

async function idsOf(prepared: PreparedCorpus, name: "train" | "validation"): Promise<Int32Array> {
  const source = tokenSource(prepared.part(name).tokens);
  const ids = new Int32Array(source.length);
  await source.read(0, ids);
  return ids;
}

const bytes = new ByteTokenizer();

Deno.test("data is prepared as it would be in memory, once for each option, with a card", async () => {
  await withPlace(async (place) => {
    for (const name of ["rows.jsonl", "text.txt"]) {
      const { corpus, cache } = await place.open({}, name);
      const bpe = await corpusTokenizer("bpe:300", corpus);
      using prepared = await cache.prepare(bpe, place.options);
      const { card } = prepared.entry!;
      using inMemory = await loadCorpus(corpus, bpe, ["train", "validation"], {
        cache: undefined,
        onText: (sha256) => assert.equal(sha256, card.sha256),
      });
      assert.equal(inMemory.entry, undefined);
      for (const part of ["train", "validation"] as const) {
        assert.deepEqual(await idsOf(inMemory, part), await idsOf(prepared, part));
        const { tokens: _1, ...counts } = inMemory.part(part);
        const { tokens: _2, ...prepareds } = prepared.part(part);
        assert.deepEqual(counts, prepareds);
      }
      const text = await Array.fromAsync(corpus.part("train").texts());
      const ends = name === "rows.jsonl" ? text.length : 0;
      assert.equal(card.parts.train?.documents, ends);
      assert.equal(card.parts.train?.bytes, text.join("").length + ends);
      assert.equal(card.tokenizer.vocab_size, 300);
      assert.equal(card.license, "not stated");
      assert.match(card.files[0].digest, /^sha256:[0-9a-f]{64}$/);
      assert.deepEqual(card.options, defaultCorpusOptions);
    }
    assert.equal((await place.entries()).length, 2);
    const options: Partial<CorpusOptions>[] = [
      {},
      { rows: 50 },
      { joinRows: true },
      { splitSeed: 1 },
      { lowerCase: true },
      { normalizeNewlines: true },
      { normalizeUnicode: true },
      { normalizeWhitespace: true },
      { textColumn: "text" },
    ];
    for (const option of [...options, ...options]) {
      using _prepared = await place.prepare(bytes, option);
    }
    assert.equal((await place.entries()).length, 2 + options.length);
    assert.deepEqual(place.notices, []);
  });
});

Deno.test("data that changed is another entry, though it has the same name and size", async () => {
  await withPlace(async (place) => {
    using first = await place.prepare(bytes, {}, "text.txt");
    const path = join(place.folder, "text.txt");
    const { mtime } = await Deno.stat(path);
    await Deno.writeTextFile(path, lines.join("\n").replace("t", "T"));
    await Deno.utime(path, mtime!, mtime!);
    using second = await place.prepare(bytes, {}, "text.txt");
    assert.notEqual(first.entry?.path, second.entry?.path);
    assert.notEqual(first.entry?.card.sha256, second.entry?.card.sha256);
  });
});

Deno.test("whatever is damaged in the cache is noticed and made anew", async () => {
  await withPlace(async (place) => {
    using prepared = await place.prepare(bytes);
    const expected = await idsOf(prepared, "train");
    const { path } = prepared.entry!;
    const damage: Record<string, (bytes: Uint8Array) => Uint8Array> = {
      "a changed byte": (bytes) =>
        bytes.with(bytes.length / 2 | 0, bytes[bytes.length / 2 | 0] ^ 1),
      "bytes too few": (bytes) => bytes.slice(0, -3),
      "nothing at all": () => new Uint8Array(),
    };
    for (const file of ["train.tokens", "validation.tokens", "card.json"]) {
      for (const [what, change] of Object.entries(damage)) {
        const whole = await Deno.readFile(join(path, file));
        await Deno.writeFile(join(path, file), change(whole));
        place.notices.length = 0;
        using again = await place.prepare(bytes);
        assert.ok(place.notices.some((line) => line.includes(path)), `${file}: ${what}`);
        assert.deepEqual(await Deno.readFile(join(path, file)), whole, `${file}: ${what}`);
        assert.deepEqual(await idsOf(again, "train"), expected);
      }
      await Deno.remove(join(path, file));
      using again = await place.prepare(bytes);
      assert.deepEqual(await idsOf(again, "train"), expected);
    }
    assert.equal((await place.entries()).length, 1);
  });
});

Deno.test("whoever loads data finds what was prepared, and prepares again what is damaged", async () => {
  await withPlace(async (place) => {
    const { corpus, cache } = await place.open();
    const load = () => loadCorpus(corpus, bytes, ["train"], { ...place.options, cache });
    using inMemory = await load();
    assert.equal(inMemory.entry, undefined, "so little is not worth a file");
    using prepared = await cache.prepare(bytes, place.options);
    const path = join(prepared.entry!.path, "train.tokens");
    const whole = await Deno.readFile(path);
    await Deno.writeFile(path, whole.with(100, whole[100] ^ 1));
    assert.deepEqual(place.notices, []);
    using again = await load();
    assert.equal(place.notices.length, 1);
    assert.match(place.notices[0], /train\.tokens: it is damaged/);
    assert.equal(again.entry?.path, prepared.entry?.path);
    assert.deepEqual(await Deno.readFile(path), whole);
    assert.deepEqual(await idsOf(again, "train"), await idsOf(inMemory, "train"));
  });
});

Deno.test("of what is damaged several at once make one that is good", async () => {
  await withPlace(async (place) => {
    using first = await place.prepare(bytes);
    const path = join(first.entry!.path, "train.tokens");
    const whole = await Deno.readFile(path);
    for (let round = 0; round < 10; round++) {
      await Deno.writeFile(path, whole.slice(0, -1));
      for (const one of await Promise.all([1, 2, 3].map(() => place.prepare(bytes)))) {
        assert.equal(tokenSource(one.part("train").tokens).length, (whole.length - 64) / 2);
        one[Symbol.dispose]();
      }
      assert.deepEqual(await Deno.readFile(path), whole);
    }
    assert.equal((await place.entries()).length, 1);
  });
});

Deno.test("several that prepare the same at once all succeed", async () => {
  await withPlace(async (place) => {
    const all = await Promise.all([1, 2, 3].map(() => place.prepare(bytes)));
    const [first, ...others] = await Promise.all(all.map((one) => idsOf(one, "train")));
    for (const other of others) assert.deepEqual(other, first);
    assert.equal((await place.entries()).length, 1);
    for (const one of all) one[Symbol.dispose]();
  });
});

Deno.test("data that changes while it is read, or cannot be encoded, leaves nothing", async () => {
  await withPlace(async (place) => {
    const path = join(place.folder, "text.txt");
    const { corpus, cache } = await place.open({}, "text.txt");
    await corpus.measure();
    await Deno.writeTextFile(path, lines.join("\n") + "x");
    await assert.rejects(cache.prepare(bytes, place.options), {
      name: "WorkError",
      message: /text\.txt: it was changed while it was read, prepare it again/,
    });
    const latin = await place.open({}, "text.txt");
    const char = await corpusTokenizer("char", latin.corpus);
    await Deno.writeTextFile(path, "Ünd 漢字 ".repeat(100));
    const { cache: other } = await place.open({}, "text.txt");
    await assert.rejects(other.prepare(char, place.options), /Cannot encode the character "Ü"/);
    const stopped = { ...place.options, signal: AbortSignal.abort(new TypeError("stop")) };
    await assert.rejects(other.prepare(bytes, stopped).then((made) => made[Symbol.dispose]()));
    assert.deepEqual(await place.entries(), []);
  });
});

Deno.test("a tokenizer that was made from data is found again, unless it is damaged", async () => {
  await withPlace(async (place) => {
    const { corpus, cache } = await place.open();
    const bpe = await corpusTokenizer("bpe:280", corpus);
    assert.equal(await cache.readTokenizer("bpe:280"), undefined);
    await cache.writeTokenizer("bpe:280", bpe);
    assert.deepEqual((await cache.readTokenizer("bpe:280"))?.toJSON(), bpe.toJSON());
    assert.equal(await cache.readTokenizer("bpe:290"), undefined);
    const { cache: cleaned } = await place.open({ lowerCase: true });
    assert.equal(await cleaned.readTokenizer("bpe:280"), undefined);
    const path = join(place.folder, "cache", "tokenizers", (await place.entries("tokenizers"))[0]);
    const text = await Deno.readTextFile(path);
    for (const damaged of [text.slice(0, -20), text.replace(/"merges":\["./, '"merges":["z')]) {
      await Deno.writeTextFile(path, damaged);
      assert.equal(await cache.readTokenizer("bpe:280"), undefined);
    }
  });
});
