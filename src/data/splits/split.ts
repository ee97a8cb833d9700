/**
 * Which part of a text or of rows is trained on and which is held out.
 *
 * @module
 */

import { InputError } from "../../errors.ts";
import { Permutation } from "../permutation.ts";
import type { TextChunks } from "../text/text_chunks.ts";

/** The two parts of a text. */
export interface TextSplit {
  /** The first 90 %. */
  readonly train: string;
  /** The last 10 %. */
  readonly validation: string;
}

/**
 * Splits continuous text: the first ⌊9n/10⌋ characters for training, the rest for validation. It is split before it
 * is tokenized, so that every tokenizer is evaluated on the same text, and trained on no part of it.
 *
 * @param text All n characters (code points).
 */
export function splitText(text: string): TextSplit {
  const boundary = unitsOf(text, trainedOf(countCharacters(text)));
  return { train: text.slice(0, boundary), validation: text.slice(boundary) };
}

/** How many of n characters or tokens are trained on: the first ⌊9n/10⌋. */
export function trainedOf(count: number): number {
  return Math.floor(count * 9 / 10);
}

/**
 * Characters of a text that comes in pieces.
 *
 * @param pieces The text; no piece may end within a character.
 * @param start How many characters are left out before.
 * @param end Behind which character it ends.
 */
export async function* sliceCharacters(
  pieces: TextChunks,
  start: number,
  end: number,
): AsyncGenerator<string> {
  let at = 0;
  for await (const piece of pieces) {
    if (at >= end) return;
    const count = countCharacters(piece);
    const from = unitsOf(piece, Math.max(0, start - at));
    const to = at + count <= end ? piece.length : unitsOf(piece, end - at);
    if (from < to) yield from === 0 && to === piece.length ? piece : piece.slice(from, to);
    at += count;
  }
}

/** How many characters (code points) a text has. */
export function countCharacters(text: string): number {
  let pairs = 0;
  for (let at = 0; at < text.length; at++) if (isPair(text, at)) pairs++;
  return text.length - pairs;
}

/** How many UTF-16 units the first characters of a text are, or all of its characters. */
function unitsOf(text: string, characters: number): number {
  if (characters >= text.length) return text.length;
  let units = 0;
  while (characters-- > 0 && units < text.length) units += isPair(text, units) ? 2 : 1;
  return units;
}

/** Whether two UTF-16 units make one character. */
function isPair(text: string, at: number): boolean {
  return text.charCodeAt(at) >> 10 === 0x36 && text.charCodeAt(at + 1) >> 10 === 0x37;
}

/** Stream of the seed that rows are held out by. */
const ROWS_STREAM = 3;

/**
 * Which rows of a data set are held out: a tenth of them, at least one, each as likely as any other.
 *
 * @param count How many rows there are.
 * @param seed Decides which.
 * @param source What to call the data in an error.
 * @returns Whether the row of a number, from 0, is held out.
 * @throws {InputError} If there are not two rows.
 */
export function heldOutRows(
  count: number,
  seed: number,
  source: string,
): (row: number) => boolean {
  if (count < 2) {
    throw new InputError(
      `Cannot hold out rows of ${source}: it has ${
        count === 1 ? "1 row" : "no rows"
      } with a text, ` +
        "at least 2 are needed",
    );
  }
  const order = new Permutation(count, { seed, stream: ROWS_STREAM, index: 0 });
  const heldOut = Math.max(1, Math.floor(count / 10));
  return (row) => order.at(row) < heldOut;
}

/** The two parts of a tokenized text. */
export interface TokenSplit {
  /** The first 90 %. */
  readonly train: Int32Array;
  /** The last 10 %. */
  readonly validation: Int32Array;
}

/**
 * Splits a tokenized text: the first ⌊9n/10⌋ tokens for training, the rest for validation.
 *
 * @param tokens All n tokens, in order.
 * @returns Two views of `tokens`.
 */
export function splitTokens(tokens: Int32Array): TokenSplit {
  const boundary = trainedOf(tokens.length);
  return { train: tokens.subarray(0, boundary), validation: tokens.subarray(boundary) };
}
