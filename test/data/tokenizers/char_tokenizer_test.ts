import assert from "node:assert/strict";
import { CharTokenizer } from "../../../src/data/tokenizers/char_tokenizer.ts";
import { Random } from "../../../src/random.ts";

Deno.test("CharTokenizer sorts its vocabulary by code point, not by UTF-16 unit", () => {
  // U+FF5E sorts after the surrogates of U+1F600 as UTF-16, before it as a code point.
  const tokenizer = CharTokenizer.fromText("😀b\na～é");
  assert.equal(tokenizer.vocabSize, 6);
  assert.equal(tokenizer.decode([0, 1, 2, 3, 4, 5]), "\nabé～😀");
  assert.deepEqual(tokenizer.encode("a😀"), Int32Array.of(1, 5));
});

Deno.test("CharTokenizer decodes what it encodes", () => {
  const alphabet = [..."abc \n\r\t\u0000\ufeff\u0301éß漢字😀👩‍👩‍👧\u{10ffff}"];
  const random = new Random(1);
  for (let round = 0; round < 50; round++) {
    const length = 1 + random.integer(60);
    const text = Array.from({ length }, () => alphabet[random.integer(alphabet.length)]).join("");
    const tokenizer = CharTokenizer.fromText(text);
    const ids = tokenizer.encode(text);
    assert.equal(ids.length, length);
    assert.equal(tokenizer.decode(ids), text);
    const decoder = tokenizer.decoder();
    assert.equal(Array.from(ids, (id) => decoder.push(id)).join("") + decoder.flush(), text);
  }
});

Deno.test("CharTokenizer names an unknown character, or skips it", () => {
  const tokenizer = CharTokenizer.fromText("abc");
  assert.throws(() => tokenizer.encode("a😀"), {
    name: "InputError",
    message: 'Cannot encode the character "😀" (U+1F600): it is not in the vocabulary of 3 ' +
      "characters, only characters of the training text are",
  });
  assert.throws(() => tokenizer.encode("\n"), { message: /"\\n" \(U\+000A\)/ });
  assert.deepEqual(tokenizer.encode("x😀aéc", { unknown: "skip" }), Int32Array.of(0, 2));
});

Deno.test("CharTokenizer refuses unknown ids, an empty text and a bad vocabulary", () => {
  const tokenizer = CharTokenizer.fromText("ab");
  for (const id of [-1, 2, 0.5]) assert.throws(() => tokenizer.decode([id]), RangeError);
  assert.throws(() => tokenizer.decoder().push(2), RangeError);
  assert.throws(() => CharTokenizer.fromText(""), { name: "InputError" });
  for (const vocabulary of [["ab"], [""], ["a", "a"]]) {
    assert.throws(() => new CharTokenizer(vocabulary), RangeError);
  }
});
