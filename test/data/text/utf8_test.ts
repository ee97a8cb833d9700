import assert from "node:assert/strict";
import { Random } from "../../../src/random.ts";
import { invalidUtf8Offset, utf8Bytes, WholeCharacters } from "../../../src/data/text/utf8.ts";
import { randomParts, randomText } from "../random_text.ts";

Deno.test("invalidUtf8Offset points at the first byte that is not UTF-8", () => {
  const cases: [bytes: number[], offset: number][] = [
    [[], -1],
    [[0x41, 0xc3, 0xa9, 0xf0, 0x9f, 0x98, 0x80], -1],
    [[0x41, 0xff], 1],
    [[0x41, 0x80, 0x41], 1],
    [[0xc3], 0],
    [[0x41, 0xe2, 0x82], 1],
    [[0xc0, 0x80], 0], // overlong
    [[0xe0, 0x9f, 0xbf], 0], // overlong
    [[0xed, 0xa0, 0x80], 0], // a surrogate
    [[0xf4, 0x90, 0x80, 0x80], 0], // above U+10FFFF
    [[0xf0, 0x90, 0x80, 0x41], 0],
  ];
  for (const [bytes, offset] of cases) {
    assert.equal(invalidUtf8Offset(Uint8Array.from(bytes)), offset, String(bytes));
  }
});

Deno.test("invalidUtf8Offset agrees with TextDecoder on random bytes", () => {
  const random = new Random(1);
  const interesting = [
    0x41,
    0x80,
    0x8f,
    0x9f,
    0xa0,
    0xbf,
    0xc2,
    0xe0,
    0xed,
    0xef,
    0xf0,
    0xf4,
    0xf5,
  ];
  const isUtf8 = (bytes: Uint8Array) => {
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes);
      return true;
    } catch {
      return false;
    }
  };
  for (let round = 0; round < 20_000; round++) {
    const length = 1 + random.integer(5);
    const bytes = Uint8Array.from({ length }, () => interesting[random.integer(13)]);
    const offset = invalidUtf8Offset(bytes);
    assert.equal(offset === -1, isUtf8(bytes), String(bytes));
    if (offset > 0) assert.ok(isUtf8(bytes.subarray(0, offset)), String(bytes));
  }
});

Deno.test("utf8Bytes counts what TextEncoder writes", () => {
  const random = new Random(2);
  for (let round = 0; round < 500; round++) {
    const text = randomText(random, random.integer(10));
    assert.equal(utf8Bytes(text), new TextEncoder().encode(text).length, JSON.stringify(text));
  }
});

Deno.test("WholeCharacters joins characters that were cut in two", () => {
  const random = new Random(3);
  const characters = new WholeCharacters();
  for (let round = 0; round < 200; round++) {
    const text = randomText(random, 10);
    const parts = Array.from(randomParts(random, text, 3), (part) => characters.push(part));
    parts.push(characters.flush());
    assert.deepEqual(parts.flatMap((part) => [...part]), [...text]);
  }
});
