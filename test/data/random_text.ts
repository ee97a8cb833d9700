/**
 * Texts that are hard on tokenizers.
 *
 * @module
 */
import type { Random } from "../../src/random.ts";

/** Ranges of code points: ASCII, accents, marks, scripts, spaces, surrogates, emoji, everything. */
const RANGES: readonly (readonly [number, number])[] = [
  ...[[0, 0x7f], [0x61, 0x66], [0x80, 0x24f], [0x300, 0x36f], [0x370, 0x6ff], [0x900, 0x97f]],
  ...[[0xe00, 0xe7f], [0x2000, 0x206f], [0x2070, 0x218f], [0x3000, 0x30ff], [0x4e00, 0x4e20]],
  ...[[0xac00, 0xd7a3], [0xd800, 0xdfff], [0xfe00, 0xfeff], [0x1f300, 0x1faff], [0, 0x10ffff]],
] as [number, number][];

const PIECES: readonly string[] = [
  ...["'s", "'ll", " 're", "'ve", "'", "''", " '", "don't", " the", " word", "word", ", ", ".\n"],
  ...["\n\n", "  ", "   ", "\t", "\r\n", "\u0085", "\u00a0", "\u3000", "\u2028", "\ufeff", "\0"],
  ...["👩‍👩‍👧", "é", "e\u0301", "ﬁ", "İ", "123", " 4567", "½", "====", "x = {a: 1};\n    y", "漢字"],
  ...["<|endoftext|>", "<|endof", "<|", "|>", "__proto__", " constructor", "\ud83d", "\ude00"],
];

/** A text of some pieces, each a known difficulty or a few random characters. */
export function randomText(random: Random, pieces: number): string {
  return Array.from({ length: pieces }, () => {
    if (random.integer(2) === 0) return PIECES[random.integer(PIECES.length)];
    const [from, to] = RANGES[random.integer(RANGES.length)];
    const character = () => String.fromCodePoint(from + random.integer(to - from + 1));
    return Array.from({ length: random.integer(8) }, character).join("");
  }).join("");
}

/** The text as it comes back from UTF-8, which has no lone surrogates. */
export function asUtf8(text: string): string {
  return text.toWellFormed();
}

/** Cuts a text, or bytes, into random parts. */
export function* randomParts<T extends string | Uint8Array>(
  random: Random,
  whole: T,
  longest: number,
): Generator<T> {
  for (let at = 0; at < whole.length;) {
    const next = at + 1 + random.integer(longest);
    yield whole.slice(at, next) as T;
    at = next;
  }
}
