import assert from "node:assert/strict";
import {
  PRETOKEN_PATTERN,
  pretokenEnd,
  UNDECIDED,
} from "../../../../src/data/tokenizers/bpe/pretokens.ts";
import { Random } from "../../../../src/random.ts";
import { asUtf8, randomText } from "../../random_text.ts";

/** The pattern as every engine but JavaScript's understands it. */
const PATTERN = new RegExp(
  PRETOKEN_PATTERN.replaceAll("\\s", "\\p{White_Space}").replaceAll("\\S", "\\P{White_Space}"),
  "gu",
);

function split(bytes: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = pretokenEnd(bytes, at, bytes.length, true);
    assert.ok(end > at && end <= bytes.length);
    parts.push(bytes.subarray(at, end));
    at = end;
  }
  return parts;
}

function splitText(text: string): string[] {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return split(new TextEncoder().encode(text)).map((part) => decoder.decode(part));
}

Deno.test("pre-tokens are words with their space, numbers, punctuation and white space", () => {
  assert.deepEqual(splitText("I'll say  it's 42, no?!\n\n  End "), [
    ...["I", "'ll", " say", " ", " it", "'s", " 42", ",", " no", "?!", "\n\n ", " End", " "],
  ]);
  assert.deepEqual(splitText("''sure' 're \n"), ["''", "sure", "'", " '", "re", " \n"]);
  assert.deepEqual(splitText("naïve 日本語。😀\u0301 a\u0085b\ufeff"), [
    ...["naïve", " 日本語", "。😀\u0301", " a", "\u0085", "b", "\ufeff"],
  ]);
});

Deno.test("pre-tokens are what the regular expression matches", () => {
  const random = new Random(1);
  for (let round = 0; round < 2000; round++) {
    const text = asUtf8(randomText(random, 1 + random.integer(12)));
    assert.deepEqual(splitText(text), text.match(PATTERN) ?? [], JSON.stringify(text));
  }
});

Deno.test("any bytes are split, and bytes that are no UTF-8 are punctuation", () => {
  assert.deepEqual(split(Uint8Array.of(65, 0xff, 0xe2, 0x82, 0x20, 66)), [
    ...[[65], [0xff, 0xe2, 0x82], [0x20, 66]].map((bytes) => Uint8Array.from(bytes)),
  ]);
  const random = new Random(2);
  for (let round = 0; round < 500; round++) {
    const bytes = Uint8Array.from({ length: 1 + random.integer(40) }, () => random.integer(256));
    assert.deepEqual(Uint8Array.from(split(bytes).flatMap((part) => [...part])), bytes);
  }
});

Deno.test("an end is undecided exactly if bytes to come could change it", () => {
  const random = new Random(3);
  const continuations = ["", "a", "1", " ", "!", "'", "e", "l", "é"].map((text) =>
    new TextEncoder().encode(text)
  );
  for (let round = 0; round < 500; round++) {
    const bytes = new TextEncoder().encode(randomText(random, 1 + random.integer(4)));
    if (bytes.length === 0) continue;
    const cut = 1 + random.integer(bytes.length);
    const end = pretokenEnd(bytes, 0, cut, false);
    for (const more of [bytes.subarray(cut), ...continuations]) {
      const whole = Uint8Array.of(...bytes.subarray(0, cut), ...more);
      const decided = pretokenEnd(whole, 0, whole.length, true);
      if (end !== UNDECIDED) assert.equal(decided, end, String(whole));
    }
    assert.notEqual(pretokenEnd(bytes, 0, cut, true), UNDECIDED);
  }
  assert.equal(pretokenEnd(new TextEncoder().encode("word "), 0, 5, false), 4);
});
