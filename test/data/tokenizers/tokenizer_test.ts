import assert from "node:assert/strict";
import { ByteTokenizer } from "../../../src/data/tokenizers/byte_tokenizer.ts";
import { CharTokenizer } from "../../../src/data/tokenizers/char_tokenizer.ts";
import { predictedBytes } from "../../../src/data/text/target_bytes.ts";
import { Random } from "../../../src/random.ts";
import type { Tokenizer } from "../../../src/data/tokenizers/tokenizer.ts";
import { loadTokenizer } from "../../../src/data/tokenizers/load_tokenizer.ts";
import { trainBpe } from "../../../src/data/tokenizers/train_bpe.ts";
import { randomParts, randomText } from "../random_text.ts";

const text = "  Hello,\n\n wörld 😀\t naïve ' s 's  .  0123 __proto__ end\r\n ";

function json(tokenizer: Tokenizer): Record<string, unknown> {
  return JSON.parse(JSON.stringify(tokenizer));
}

const TOKENIZERS = [
  CharTokenizer.fromText(text),
  new ByteTokenizer(),
  await trainBpe([text.repeat(3)], { vocabSize: 280 }),
];

for (const tokenizer of TOKENIZERS) {
  Deno.test(`the Hugging Face library loads the ${tokenizer.kind} tokenizer and agrees`, async () => {
    const specifier = "npm:@huggingface/tokenizers@0.2.0";
    const { Tokenizer } = await import(specifier);
    const theirs = new Tokenizer(json(tokenizer), { clean_up_tokenization_spaces: false });
    const { ids } = theirs.encode(text);
    assert.deepEqual(ids, [...tokenizer.encode(text)]);
    assert.equal(theirs.decode(ids), text);
  });

  Deno.test(`the ${tokenizer.kind} tokenizer comes back from its JSON`, async () => {
    const loaded = await loadTokenizer(json(tokenizer), "tokenizer.json");
    assert.equal(loaded.kind, tokenizer.kind);
    assert.equal(loaded.vocabSize, tokenizer.vocabSize);
    assert.deepEqual(loaded.encode(text), tokenizer.encode(text));
    assert.deepEqual(json(loaded), json(tokenizer));
  });

  Deno.test(`the ${tokenizer.kind} tokenizer's ids do not depend on where a text is cut`, () => {
    const random = new Random(1);
    const encoder = tokenizer.encoder();
    for (let round = 0; round < 20; round++) {
      const pieces = Array.from(randomParts(random, text, 6), (part) => [...encoder.push(part)]);
      assert.deepEqual([...pieces.flat(), ...encoder.flush()], [...tokenizer.encode(text)]);
    }
  });

  Deno.test(`the ${tokenizer.kind} tokenizer knows how many bytes a token stands for`, () => {
    const ids = tokenizer.encode(text);
    const bytes = new TextEncoder().encode(text).length;
    assert.equal(ids.reduce((sum, id) => sum + tokenizer.byteLength(id), 0), bytes);
    assert.equal(predictedBytes(text, ids, tokenizer), bytes - tokenizer.byteLength(ids[0]));
    assert.equal(predictedBytes("", new Int32Array(), tokenizer), 0);
    assert.throws(() => tokenizer.byteLength(tokenizer.vocabSize), RangeError);
  });
}

Deno.test("a character tokenizer keeps lone surrogates, in one piece or many", async () => {
  const random = new Random(2);
  for (let round = 0; round < 50; round++) {
    const text = randomText(random, 20) + "\ud83d";
    const whole = CharTokenizer.fromText(text);
    const cut = await CharTokenizer.fromChunks(randomParts(random, text, 5));
    assert.deepEqual(json(cut), json(whole));
    const loaded = await loadTokenizer(json(whole), "tokenizer.json");
    assert.equal(loaded.kind, "char");
    assert.equal(loaded.decode(loaded.encode(text)), text);
    const encoder = loaded.encoder();
    const pieces = Array.from(randomParts(random, text, 3), (part) => [...encoder.push(part)]);
    assert.deepEqual([...pieces.flat(), ...encoder.flush()], [...loaded.encode(text)]);
  }
});
