import assert from "node:assert/strict";
import { BpeTokenizer } from "../../../src/data/tokenizers/bpe_tokenizer.ts";
import { Random } from "../../../src/random.ts";
import { loadTokenizer } from "../../../src/data/tokenizers/load_tokenizer.ts";
import { trainBpe } from "../../../src/data/tokenizers/train_bpe.ts";
import { tinyText } from "../../tiny_text.ts";
import { asUtf8, randomParts, randomText } from "../random_text.ts";

const random = new Random(1);
const sample = tinyText() + randomText(random, 3000) + " it's".repeat(20) + "__proto__ ".repeat(9);
const tokenizer = await trainBpe([sample], {
  vocabSize: 700,
  specialTokens: ["<|endoftext|>", "<|end", "é<pad>"],
});

function json(tokenizer: BpeTokenizer): Record<string, unknown> {
  return JSON.parse(JSON.stringify(tokenizer));
}

Deno.test("BpeTokenizer brings back any text and any bytes exactly", () => {
  const random = new Random(2);
  for (let round = 0; round < 400; round++) {
    const text = randomText(random, random.integer(30));
    const ids = tokenizer.encode(text);
    assert.equal(tokenizer.decode(ids), asUtf8(text));
    const decoder = tokenizer.decoder();
    const streamed = Array.from(ids, (id) => decoder.push(id)).join("") + decoder.flush();
    assert.equal(streamed, asUtf8(text));
    const bytes = Uint8Array.from({ length: random.integer(60) }, () => random.integer(256));
    assert.deepEqual(tokenizer.decodeBytes(tokenizer.encodeBytes(bytes)), bytes);
    const utf8 = new TextEncoder().encode(text);
    assert.deepEqual(tokenizer.encodeBytes(utf8), ids);
    assert.equal(ids.reduce((sum, id) => sum + tokenizer.byteLength(id), 0), utf8.length);
  }
});

Deno.test("BpeTokenizer gives the ids of the Hugging Face library", async () => {
  const specifier = "npm:@huggingface/tokenizers@0.2.0";
  const { Tokenizer } = await import(specifier);
  const theirs = new Tokenizer(json(tokenizer), { clean_up_tokenization_spaces: false });
  const random = new Random(3);
  for (const text of [sample, ...Array.from({ length: 300 }, () => randomText(random, 20))]) {
    const { ids } = theirs.encode(text);
    assert.deepEqual([...tokenizer.encode(text)], ids, JSON.stringify(text));
    if (ids.length > 0) assert.equal(theirs.decode(ids), asUtf8(text));
  }
});

Deno.test("BpeTokenizer's ids do not depend on where a text is cut", () => {
  const random = new Random(4);
  const encoder = tokenizer.encoder();
  for (let round = 0; round < 200; round++) {
    const text = randomText(random, 40);
    const parts = Array.from(randomParts(random, text, 1 + random.integer(30)));
    const ids = parts.flatMap((part) => [...encoder.push(part)]);
    assert.deepEqual([...ids, ...encoder.flush()], [...tokenizer.encode(text)], String(parts));
  }
  assert.deepEqual([...encoder.push("the word"), ...encoder.flush()], [
    ...tokenizer.encode("the word"),
  ]);
});

Deno.test("BpeTokenizer's encoder gives ids as soon as they are certain", () => {
  const encoder = tokenizer.encoder();
  assert.equal(encoder.push("the").length, 0);
  assert.deepEqual(encoder.push(" w"), tokenizer.encode("the"));
  assert.deepEqual(encoder.push("as <|endoftext"), tokenizer.encode(" was"));
  assert.deepEqual(encoder.push("|>x"), tokenizer.encode(" <|endoftext|>"));
  assert.deepEqual(encoder.flush(), tokenizer.encode("x"));
});

Deno.test("BpeTokenizer takes the longest special token", () => {
  const [endOfText, end, pad] = [697, 698, 699];
  assert.deepEqual([...tokenizer.specialTokens.values()], [endOfText, end, pad]);
  assert.equal(tokenizer.endOfText, endOfText);
  const ids = tokenizer.encode("<|endoftext|><|endoftextéé<pad>");
  assert.deepEqual([ids[0], ids[1], ids.at(-1)], [endOfText, end, pad]);
  assert.equal(tokenizer.decode([endOfText, 65, pad]), "<|endoftext|>Aé<pad>");
  assert.equal(tokenizer.byteLength(pad), 7);
});

Deno.test("BpeTokenizer comes back from its JSON", async () => {
  const loaded = await loadTokenizer(json(tokenizer), "tokenizer.json");
  assert.equal(loaded.kind, "bpe");
  assert.deepEqual(JSON.parse(JSON.stringify(loaded)), json(tokenizer));
  assert.deepEqual(loaded.encode(sample), tokenizer.encode(sample));
  assert.deepEqual([...loaded.specialTokens], [...tokenizer.specialTokens]);
});

Deno.test("BpeTokenizer shows bytes that are no text as U+FFFD", () => {
  const bytes = new BpeTokenizer([]);
  assert.equal(bytes.vocabSize, 257);
  assert.equal(bytes.decode([65, 255, 66, 195]), "A\ufffdB\ufffd");
  const decoder = bytes.decoder();
  assert.deepEqual([195, 66, 240].map((id) => decoder.push(id)), ["", "\ufffdB", ""]);
  assert.equal(decoder.flush(), "\ufffd");
  assert.equal(bytes.decode(bytes.encode("\ud800")), "\ufffd");
});

Deno.test("BpeTokenizer refuses ids and merges that cannot be", () => {
  for (const id of [-1, 700, 0.5]) {
    assert.throws(() => tokenizer.decode([id]), RangeError);
    assert.throws(() => tokenizer.decoder().push(id), RangeError);
    assert.throws(() => tokenizer.byteLength(id), RangeError);
  }
  const [ab, forward] = [{ left: 97, right: 98 }, { left: 257, right: 97 }];
  assert.throws(() => new BpeTokenizer([ab, ab]), RangeError);
  assert.throws(() => new BpeTokenizer([forward, ab]), RangeError);
  assert.throws(() => new BpeTokenizer([], ["x", "x"]), RangeError);
  assert.throws(() => new BpeTokenizer([], [""]), RangeError);
});
