import assert from "node:assert/strict";
import { splitText, splitTokens } from "../../../src/data/splits/split.ts";

Deno.test("splitTokens keeps every token once and in order", () => {
  for (let length = 0; length < 50; length++) {
    const tokens = Int32Array.from({ length }, (_, token) => token);
    const { train, validation } = splitTokens(tokens);
    assert.deepEqual(Int32Array.of(...train, ...validation), tokens);
  }
});

Deno.test("splitTokens splits Tiny Shakespeare as everybody does", () => {
  const { train, validation } = splitTokens(new Int32Array(1_115_394));
  assert.deepEqual([train.length, validation.length], [1_003_854, 111_540]);
});

Deno.test("splitText cuts behind the first nine tenths of the characters", () => {
  for (let length = 0; length < 30; length++) {
    const characters = Array.from({ length }, (_, at) => ["a", "é", "😀", "\ud800"][at % 4]);
    const { train, validation } = splitText(characters.join(""));
    assert.equal([...train].length, Math.floor(length * 9 / 10));
    assert.equal(train + validation, characters.join(""));
  }
});
