import assert from "node:assert/strict";
import { ByteTokenizer } from "../../../src/data/tokenizers/byte_tokenizer.ts";

const tokenizer = new ByteTokenizer();

Deno.test("ByteTokenizer's ids are the bytes of UTF-8", () => {
  assert.deepEqual(tokenizer.encode("Aé😀"), Int32Array.of(65, 195, 169, 240, 159, 152, 128));
  assert.equal(tokenizer.decode([65, 195, 169, 240, 159, 152, 128]), "Aé😀");
  const text = "\ufeff\u0000 \r\n漢字 👩‍👩‍👧";
  assert.equal(tokenizer.decode(tokenizer.encode(text)), text);
});

Deno.test("ByteTokenizer's decoder holds back a character until it is complete", () => {
  const decoder = tokenizer.decoder();
  const parts = Array.from(tokenizer.encode("aé😀"), (id) => decoder.push(id));
  assert.deepEqual(parts, ["a", "", "é", "", "", "", "😀"]);
  assert.equal(decoder.flush(), "");
});

Deno.test("ByteTokenizer shows bytes that are no text as U+FFFD", () => {
  assert.equal(tokenizer.decode([65, 255, 66, 195]), "A\ufffdB\ufffd");
  const decoder = tokenizer.decoder();
  assert.deepEqual([195, 66, 240].map((id) => decoder.push(id)), ["", "\ufffdB", ""]);
  assert.equal(decoder.flush(), "\ufffd");
});

Deno.test("ByteTokenizer refuses ids that are no bytes", () => {
  for (const id of [-1, 256, 1.5]) {
    assert.throws(() => tokenizer.decode([id]), RangeError);
    assert.throws(() => tokenizer.decoder().push(id), RangeError);
  }
});
