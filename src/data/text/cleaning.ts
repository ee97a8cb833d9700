/**
 * Cleans texts before they are tokenized. Nothing is done that was not asked for.
 *
 * @module
 */

import type { TextChunks } from "./text_chunks.ts";

/** What is done to a text. */
export interface CleaningOptions {
  /** Compose characters: Unicode's normal form NFC. */
  readonly normalizeUnicode: boolean;
  /** End every line with LF, whether it was CRLF or CR. */
  readonly normalizeNewlines: boolean;
  /** Make every run of white space a blank line, a line's end or a space: the largest that is in it. */
  readonly normalizeWhitespace: boolean;
  /** Lower the case of all letters. */
  readonly lowerCase: boolean;
}

/** Texts stay as they are. */
export const noCleaning: CleaningOptions = {
  normalizeUnicode: false,
  normalizeNewlines: false,
  normalizeWhitespace: false,
  lowerCase: false,
};

/**
 * Cleans a whole text.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { cleanText, noCleaning } from "./cleaning.ts";
 *
 * const options = { ...noCleaning, normalizeWhitespace: true, lowerCase: true };
 * assert.equal(cleanText("Many \t Words\n \n\n In a row", options), "many words\n\nin a row");
 * ```
 */
export function cleanText(text: string, options: CleaningOptions): string {
  if (options.normalizeUnicode) text = text.normalize("NFC");
  if (options.normalizeNewlines) text = text.replace(/\r\n?/g, "\n");
  if (options.normalizeWhitespace) text = text.replace(/\s+/g, shortest);
  if (options.lowerCase) text = text.toLowerCase();
  return text;
}

function shortest(whitespace: string): string {
  const first = whitespace.indexOf("\n");
  if (first === -1) return " ";
  return whitespace.includes("\n", first + 1) ? "\n\n" : "\n";
}

/** So much text is looked through for a good place to cut it. */
const LONGEST_HELD = 2 ** 20;

/**
 * Cleans a text that comes in pieces. The result is that of {@linkcode cleanText}, wherever the pieces end;
 * only in a word of a million letters a Greek sigma may be taken for its last.
 */
export async function* cleanChunks(
  chunks: TextChunks,
  options: CleaningOptions,
): AsyncGenerator<string> {
  if (!Object.values(options).includes(true)) return yield* chunks;
  let held = "";
  for await (const chunk of chunks) {
    const searched = held.length;
    held += chunk;
    const end = lastCut(held, searched);
    if (end === 0) continue;
    yield cleanText(held.slice(0, end), options);
    held = held.slice(end);
  }
  if (held !== "") yield cleanText(held, options);
}

/** Combines with what comes before it; or is only half a character. */
const JOINING = String.raw`\p{M}\p{Cs}\u1160-\u11ff\ud7b0-\ud7ff\u{16d40}-\u{16d7f}`;
/** The text before such a character is cleaned in the same way whatever follows: the first of a word, */
const WORD_START = new RegExp(`(?<=\\s)[^\\s${JOINING}]`, "gu");
/** or a letter without case, as those of Chinese, which has no spaces. */
const UNCASED_LETTER = new RegExp(`(?![\\u0000-\\u00ff${JOINING}])\\p{Lo}`, "gu");
/** Where there is neither, one that at least does not combine. */
const STARTER = new RegExp(`[^\\s${JOINING}]`, "gu");

/**
 * Where the beginning of a text may be cut off, whatever follows it; 0 if nowhere.
 *
 * @param from How much of it was searched before, in vain.
 */
function lastCut(text: string, from: number): number {
  const patterns = [WORD_START, UNCASED_LETTER];
  if (text.length > LONGEST_HELD) patterns.push(STARTER);
  // A character and what is before it may have come in two pieces.
  const first = Math.max(0, from - OVERLAP);
  for (const pattern of patterns) {
    // In small parts from the end, as nearly every text has such a place in each of them.
    for (let end = text.length; end > first; end -= SEARCHED_PART - OVERLAP) {
      const begin = Math.max(first, end - SEARCHED_PART);
      const match = [...text.slice(begin, end).matchAll(pattern)].at(-1);
      if (match !== undefined && begin + match.index > 0) return begin + match.index;
    }
  }
  return 0;
}

const SEARCHED_PART = 256;
const OVERLAP = 2;
