import assert from "node:assert/strict";
import { InputError } from "../../../src/errors.ts";
import { TOKENIZERS_LIBRARY } from "../../../src/data/tokenizers/huggingface_tokenizer.ts";
import { libraryJson } from "../../../src/data/tokenizers/library_json.ts";
import { Random } from "../../../src/random.ts";
import { loadTokenizer } from "../../../src/data/tokenizers/load_tokenizer.ts";
import { bert, gpt2, llama2, llama3 } from "./foreign_tokenizers.ts";
import { asUtf8, randomParts, randomText } from "../random_text.ts";

const { Tokenizer: Library } = await import(TOKENIZERS_LIBRARY);

const KINDS = [
  { name: "GPT-2", json: gpt2, vocabSize: 332, end: "<|endoftext|>", isExact: true },
  { name: "Llama 3", json: llama3, vocabSize: 403, end: "<|end_of_text|>", isExact: true },
  { name: "BERT", json: bert, vocabSize: 95, end: "[SEP]", isExact: false },
  { name: "Llama 2", json: llama2, vocabSize: 298, end: "</s>", isExact: false },
];

const prose = "The world's of the words, it is\nhers and of the world. Été in the 1,234 words\n\n" +
  "  of [SEP] and </s> <|endoftext|>there <|end_of_text|>\tover the\nwording !";

for (const { name, json, vocabSize, end, isExact } of KINDS) {
  Deno.test(`a tokenizer like ${name}'s gives the library's ids and text`, async () => {
    const ours = await loadTokenizer(json(), "tokenizer.json");
    assert.equal(ours.kind, "huggingface");
    assert.equal(ours.vocabSize, vocabSize);
    assert.equal(ours.endOfText, ours.specialTokens.get(end));
    assert.notEqual(ours.endOfText, undefined);
    const theirs = new Library(libraryJson(json()), { clean_up_tokenization_spaces: false });
    const random = new Random(1);
    const texts = Array.from({ length: 60 }, () => prose.slice(random.integer(60)));
    for (let round = 0; round < 100; round++) texts.push(randomText(random, random.integer(20)));
    for (const text of texts) {
      const expected: number[] = theirs.encode(text, { add_special_tokens: false }).ids;
      const ids = ours.encode(text);
      assert.deepEqual([...ids], expected, JSON.stringify(text));

      const encoder = ours.encoder();
      const parts = Array.from(randomParts(random, text, 20), (part) => [...encoder.push(part)]);
      assert.deepEqual([...parts.flat(), ...encoder.flush()], expected, JSON.stringify(text));

      if (expected.length === 0) continue;
      assert.equal(ours.decode(ids), theirs.decode(expected));
      const decoder = ours.decoder();
      const streamed = Array.from(ids, (id) => decoder.push(id)).join("") + decoder.flush();
      assert.equal(streamed, theirs.decode(expected));
      if (!isExact) continue;
      assert.equal(ours.decode(ids), asUtf8(text));
      const bytes = ids.reduce((sum, id) => sum + ours.byteLength(id), 0);
      assert.equal(bytes, new TextEncoder().encode(text).length);
    }
    assert.deepEqual(JSON.parse(JSON.stringify(ours)), json());
  });

  Deno.test(`a tokenizer like ${name}'s refuses ids it does not have`, async () => {
    const tokenizer = await loadTokenizer(json(), "tokenizer.json");
    for (const id of [-1, vocabSize, 0.5]) {
      assert.throws(() => tokenizer.decode([id]), RangeError);
      assert.throws(() => tokenizer.decoder().push(id), RangeError);
      assert.throws(() => tokenizer.byteLength(id), RangeError);
    }
    assert.equal(tokenizer.decode([]), "");
    assert.equal(tokenizer.encode("").length, 0);
  });
}

Deno.test("an id between those of the vocabulary stands for nothing", async () => {
  const tokenizer = await loadTokenizer(llama3(), "tokenizer.json");
  assert.equal(tokenizer.decode([65, 401, 66]), "AB");
  const decoder = tokenizer.decoder();
  assert.deepEqual([65, 401, 66].map((id) => decoder.push(id)), ["A", "", "B"]);
  assert.equal(tokenizer.byteLength(401), 0);
});

Deno.test("a broken tokenizer.json is refused in one line that says why", async () => {
  const broken: [change: (json: Record<string, unknown>) => unknown, why: RegExp][] = [
    [() => null, /it has no vocabulary/],
    [() => ({}), /it has no vocabulary/],
    [(json) => ({ ...json, model: { type: "BPE", vocab: null } }), /it has no vocabulary/],
    [(json) => ({ ...json, pre_tokenizer: { type: "Telepathy" } }), /Unknown PreTokenizer/],
    [({ decoder: _, ...json }) => json, /must contain a "decoder" property/],
    [({ added_tokens: _, ...json }) => json, /added_tokens/],
    [
      (json) => withModel(json, { type: "BPE", vocab: { a: 0, b: 0 }, merges: [] }),
      /have one id, 0/,
    ],
    [(json) => withModel(json, { type: "BPE", vocab: { a: -1 }, merges: [] }), /"a" has the id -1/],
    [(json) => withModel(json, { type: "BPE", vocab: { a: "0" }, merges: [] }), /"a" has the id 0/],
    [
      (json) => withModel(json, { type: "BPE", vocab: { a: 0, b: 1 }, merges: ["a b"] }),
      /its merge "a b" is not of tokens it has/,
    ],
    [
      (json) => withModel(json, { type: "BPE", vocab: { a: 0, b: 1 }, merges: ["ab"] }),
      /its merge "ab" is not of tokens it has/,
    ],
    [(json) => withModel(json, { type: "BPE", vocab: { a: 0 }, merges: 7 }), /merges/],
    [(json) => withModel(json, { type: "WordPiece", vocab: { a: 0 } }), /no token for a part/],
  ];
  for (const [change, why] of broken) {
    await assert.rejects(loadTokenizer(change(gpt2()), "t.json"), (error: Error) => {
      assert.ok(error instanceof InputError, String(error));
      assert.match(error.message, /^Cannot use the tokenizer t\.json: [^\n]+$/);
      assert.match(error.message, why);
      return true;
    });
  }
});

function withModel(json: Record<string, unknown>, model: unknown): unknown {
  return { ...json, added_tokens: [], model };
}
