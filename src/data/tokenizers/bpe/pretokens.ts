/**
 * The split of a text into pre-tokens, which merges never cross: words with the space before them,
 * numbers, runs of punctuation, and what remains of white space.
 *
 * It is GPT-2's regular expression, run on UTF-8 bytes: that needs no string per word, which makes it
 * several times as fast, and bytes that are no UTF-8 can be split as well.
 *
 * @module
 */

import { isUtf8Sequence, sequenceBytes } from "../../text/utf8.ts";
import { characterClass, OTHER, SPACE } from "./character_class.ts";

/**
 * The split as the regular expression that stands in `tokenizer.json`.
 *
 * @see Radford et al., Language Models are Unsupervised Multitask Learners, `encoder.py`
 */
export const PRETOKEN_PATTERN: string = String
  .raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;

const APOSTROPHE = 0x27;
const BLANK = 0x20;

/** Undecided: the end depends on bytes that are not there yet. */
export const UNDECIDED = -1;

/**
 * Finds where a pre-token ends.
 *
 * @param bytes UTF-8; each byte that is none counts as one character of punctuation.
 * @param start Where the pre-token starts, before `end`.
 * @param end Where the bytes end.
 * @param isLast Whether the text ends there too, rather than going on with bytes yet to come.
 * @returns The offset after its last byte, or {@linkcode UNDECIDED}, which cannot be if `isLast`.
 */
export function pretokenEnd(
  bytes: Uint8Array,
  start: number,
  end: number,
  isLast: boolean,
): number {
  if (bytes[start] === APOSTROPHE) {
    const suffix = contractionEnd(bytes, start, end, isLast);
    if (suffix !== start) return suffix;
  }
  let character = characterAt(bytes, start, end, isLast);
  if (character < 0) return UNDECIDED;
  let at = start + (character >> 2);
  if (bytes[start] === BLANK) {
    if (at === end) return isLast ? end : UNDECIDED;
    const following = characterAt(bytes, at, end, isLast);
    if (following < 0) return UNDECIDED;
    // A single space belongs to the word behind it.
    if ((following & 3) !== SPACE) {
      character = following;
      at += following >> 2;
    }
  }
  const kind = character & 3;
  let lastCharacter = start;
  for (;;) {
    if (at === end) return isLast ? end : UNDECIDED;
    const following = characterAt(bytes, at, end, isLast);
    if (following < 0) return UNDECIDED;
    if ((following & 3) !== kind) break;
    lastCharacter = at;
    at += following >> 2;
  }
  // The last white space of several stands before a word and is left to it.
  return kind === SPACE && lastCharacter > start ? lastCharacter : at;
}

/** What stands behind the apostrophe of `'s`, `'t`, `'re`, `'ve`, `'m`, `'ll` and `'d`. */
const CONTRACTIONS: readonly Uint8Array[] = ["s", "t", "re", "ve", "m", "ll", "d"]
  .map((suffix) => new TextEncoder().encode(suffix));

/** The end of a contraction whose apostrophe is at `start`; `start` if there is none. */
function contractionEnd(bytes: Uint8Array, start: number, end: number, isLast: boolean): number {
  for (const suffix of CONTRACTIONS) {
    let matched = 0;
    let at = start + 1;
    while (matched < suffix.length && at < end && bytes[at] === suffix[matched]) matched++, at++;
    if (matched === suffix.length) return at;
    if (at === end && !isLast) return UNDECIDED;
  }
  return start;
}

/** Length in bytes · 4 + class of the character at an offset; negative if it is not all there yet. */
function characterAt(bytes: Uint8Array, at: number, end: number, isLast: boolean): number {
  const first = bytes[at];
  if (first < 0x80) return 4 | characterClass(first);
  const length = sequenceBytes(first);
  if (at + length > end) return isLast ? 4 | OTHER : UNDECIDED;
  if (!isUtf8Sequence(bytes, at, length)) return 4 | OTHER;
  let codePoint = first & (0xff >> (length + 1));
  for (let next = at + 1; next < at + length; next++) {
    codePoint = codePoint << 6 | bytes[next] & 0x3f;
  }
  return length << 2 | characterClass(codePoint);
}
