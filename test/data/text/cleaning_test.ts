import assert from "node:assert/strict";
import {
  cleanChunks,
  type CleaningOptions,
  cleanText,
  noCleaning,
} from "../../../src/data/text/cleaning.ts";
import { Random } from "../../../src/random.ts";

const names = Object.keys(noCleaning) as (keyof CleaningOptions)[];
const only = (...chosen: (keyof CleaningOptions)[]): CleaningOptions => ({
  ...noCleaning,
  ...Object.fromEntries(chosen.map((name) => [name, true])),
});

Deno.test("each cleaning does what it says and nothing else", () => {
  const text = "  E\u0301 \r\nA\t \tB\r\r\n\n C\u00a0\n";
  assert.equal(cleanText(text, noCleaning), text);
  assert.equal(cleanText(text, only("normalizeUnicode")), text.replace("E\u0301", "\u00c9"));
  assert.equal(cleanText(text, only("normalizeNewlines")), "  E\u0301 \nA\t \tB\n\n\n C\u00a0\n");
  assert.equal(cleanText(text, only("normalizeWhitespace")), " E\u0301\nA B\n\nC\n");
  assert.equal(cleanText(text, only("lowerCase")), text.toLowerCase());
  assert.equal(cleanText(text, only(...names)), " é\na b\n\nc\n");
});

Deno.test("a text is cleaned in the same way in one piece and in many, down to half characters", async () => {
  const parts = [
    ..." \t\r\n\u00a0\u3000aBΣσςÀé\u0301\u0327\u0085",
    ...[
      "\r\n",
      "ΑΣ",
      "ΣΑ",
      "e\u0301",
      "中文",
      "한",
      "\u1112\u1161\u11ab",
      "😀",
      "\u{1d15f}",
      "क़",
      "ª",
      "İ",
    ],
    ..."\ud800\udc00.,'-",
  ];
  const random = new Random(5);
  for (let round = 0; round < 300; round++) {
    const length = random.integer(40);
    const text = Array.from({ length }, () => parts[random.integer(parts.length)]).join("");
    const pieces: string[] = [];
    for (let at = 0; at < text.length;) {
      const end = at + 1 + random.integer(6);
      pieces.push(text.slice(at, end));
      at = end;
    }
    const options = only(...names.filter(() => random.integer(2) === 1));
    const cleaned = (await Array.fromAsync(cleanChunks(pieces, options))).join("");
    assert.equal(cleaned, cleanText(text, options), JSON.stringify({ pieces, options }));
  }
});

Deno.test("a text without any place to cut is not held in memory", async () => {
  let most = 0;
  let given = 0;
  let got = 0;
  async function* endless() {
    for (let piece = 0; piece < 20; piece++) {
      given += 2 ** 18;
      yield await Promise.resolve("x".repeat(2 ** 18));
      most = Math.max(most, given - got);
    }
  }
  for await (const { length } of cleanChunks(endless(), only("lowerCase"))) got += length;
  assert.equal(got, given);
  assert(most <= 2 ** 21, `${most} characters were held`);
});
