import assert from "node:assert/strict";
import { InputError } from "../../src/errors.ts";
import { ByteTokenizer } from "../../src/data/byte_tokenizer.ts";
import { CharTokenizer } from "../../src/data/char_tokenizer.ts";
import { createTokenizer, loadTokenizer, type Tokenizer } from "../../src/data/tokenizer.ts";

const text = "  Hello,\n\n wörld 😀\t naïve ' s 's  .  0123 __proto__ end\r\n ";

function json(tokenizer: Tokenizer): Record<string, unknown> {
  return JSON.parse(JSON.stringify(tokenizer));
}

for (const tokenizer of [CharTokenizer.fromText(text), new ByteTokenizer()]) {
  Deno.test(`the Hugging Face library loads the ${tokenizer.kind} tokenizer and agrees`, async () => {
    const specifier = "npm:@huggingface/tokenizers@0.2.0";
    const { Tokenizer } = await import(specifier);
    const theirs = new Tokenizer(json(tokenizer), { clean_up_tokenization_spaces: false });
    const { ids } = theirs.encode(text);
    assert.deepEqual(ids, [...tokenizer.encode(text)]);
    assert.equal(theirs.decode(ids), text);
  });

  Deno.test(`the ${tokenizer.kind} tokenizer comes back from its JSON`, () => {
    const loaded = loadTokenizer(json(tokenizer), "tokenizer.json");
    assert.equal(loaded.kind, tokenizer.kind);
    assert.equal(loaded.vocabSize, tokenizer.vocabSize);
    assert.deepEqual(loaded.encode(text), tokenizer.encode(text));
    assert.deepEqual(json(loaded), json(tokenizer));
  });
}

Deno.test("createTokenizer makes what is named", async () => {
  assert.equal((await createTokenizer("char", "hello")).vocabSize, 4);
  assert.equal((await createTokenizer("byte", "hello")).vocabSize, 256);
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, JSON.stringify(CharTokenizer.fromText("xyz")));
    assert.deepEqual((await createTokenizer(path, "hello")).encode("zyx"), Int32Array.of(2, 1, 0));
    await Deno.writeTextFile(path, "{");
    await assert.rejects(createTokenizer(path, ""), {
      name: "InputError",
      message: `Cannot use the tokenizer ${path}: it is not JSON`,
    });
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("createTokenizer says what there is instead", async () => {
  await assert.rejects(createTokenizer("bpe:512", "x"), {
    name: "InputError",
    message: "Cannot use the tokenizer bpe:512: BPE is not available yet in this version, char, " +
      "byte and a tokenizer.json written by BitText are",
  });
  await assert.rejects(createTokenizer("chars", "x"), {
    name: "InputError",
    message: "Cannot use the tokenizer chars: no such file or folder, char, byte and a " +
      "tokenizer.json written by BitText are accepted",
  });
});

Deno.test("loadTokenizer refuses what it could not reproduce", () => {
  const model = (vocab: unknown, more: object = {}) => ({ model: { type: "BPE", vocab, ...more } });
  const refused: [json: unknown, message: RegExp][] = [
    [null, /it has no vocabulary/],
    ["text", /it has no vocabulary/],
    [{}, /it has no vocabulary/],
    [model([]), /it has no vocabulary/],
    [model({}), /its vocabulary is empty/],
    [model({ a: 0, b: 1, ab: 2 }, { merges: [["a", "b"]] }), /longer than a character/],
    [{ model: { type: "WordPiece", vocab: { a: 0 } } }, /longer than a character/],
    [model({ a: 0, b: 2 }), /its ids are not 0 to 1, each once/],
    [model({ a: 0, b: 0 }), /its ids are not 0 to 1, each once/],
    [model({ a: 0, b: "1" }), /its ids are not 0 to 1, each once/],
    [model({ a: 0, the: 1 }), /its token "the" is not one character/],
    [{ ...model({ a: 0 }), pre_tokenizer: { type: "ByteLevel" } }, /not the values of the bytes/],
  ];
  for (const [json, message] of refused) {
    assert.throws(() => loadTokenizer(json, "t.json"), (error: Error) => {
      assert.ok(error instanceof InputError, String(error));
      assert.match(error.message, /^Cannot use the tokenizer t\.json: .* are accepted$/);
      assert.match(error.message, message);
      return true;
    });
  }
});
