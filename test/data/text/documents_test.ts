import assert from "node:assert/strict";
import { ByteTokenizer } from "../../../src/data/tokenizers/byte_tokenizer.ts";
import { BpeTokenizer } from "../../../src/data/tokenizers/bpe_tokenizer.ts";
import { CharTokenizer } from "../../../src/data/tokenizers/char_tokenizer.ts";
import { encodeDocument, padDocuments } from "../../../src/data/text/documents.ts";
import { Random } from "../../../src/random.ts";

Deno.test("a document ends with the end-of-text token, else with its line", () => {
  assert.deepEqual(encodeDocument("ab", new BpeTokenizer([])), Int32Array.of(97, 98, 256));
  assert.deepEqual(encodeDocument("", new BpeTokenizer([])), Int32Array.of(256));
  assert.deepEqual(encodeDocument("ab", new ByteTokenizer()), Int32Array.of(97, 98, 10));
  assert.deepEqual(encodeDocument("ab\n", new ByteTokenizer()), Int32Array.of(97, 98, 10));
  assert.deepEqual(encodeDocument("ab", CharTokenizer.fromText("ab")), Int32Array.of(0, 1));
});

Deno.test("padDocuments gives every document rows of its own", () => {
  const documents = [[1, 2, 3, 4, 5], [6], [], [7, 8], [1, 2, 3]].map((ids) =>
    Int32Array.from(ids)
  );
  const { rows, tokens, targets } = padDocuments(documents, 2, 9);
  assert.equal(rows, 4);
  assert.deepEqual([...tokens], [1, 2, 3, 4, 7, 9, 1, 2]);
  assert.deepEqual([...targets], [2, 3, 4, 5, 8, -100, 2, 3]);
  assert.deepEqual(padDocuments([], 3).rows, 0);
  for (const context of [0, -1, 1.5]) assert.throws(() => padDocuments([], context), RangeError);
});

Deno.test("padDocuments makes every token but the first of a document a target once", () => {
  const random = new Random(1);
  for (let round = 0; round < 50; round++) {
    const documents = Array.from({ length: 6 }, (_, document) => {
      const length = random.integer(12);
      return Int32Array.from({ length }, (_, at) => 100 * document + at);
    });
    const { rows, tokens, targets } = padDocuments(documents, 1 + random.integer(7), -1);
    assert.equal(tokens.length, targets.length);
    assert.equal(tokens.length % Math.max(1, rows), 0);
    const counted = [...targets].filter((target) => target !== -100);
    assert.deepEqual(counted, documents.flatMap((document) => [...document.subarray(1)]));
    for (const [at, target] of targets.entries()) {
      assert.equal(tokens[at], target === -100 ? -1 : target - 1);
    }
  }
});
