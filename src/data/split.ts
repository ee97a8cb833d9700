/**
 * Which part of a text is trained on and which is held out.
 *
 * @module
 */

import type { LoadedText } from "./text_source.ts";

/** The two parts of a text. */
export interface TextSplit {
  /** The first 90 %, or a split that the data set has. */
  readonly train: string;
  /** The last 10 %, or a split that the data set has. */
  readonly validation: string;
}

/**
 * Splits continuous text: the first ⌊9n/10⌋ characters for training, the rest for validation. It is split before it
 * is tokenised, so that every tokenizer is judged on the same text, and trained on no part of it.
 *
 * @param text All n characters (code points).
 */
export function splitText(text: string): TextSplit {
  let pairs = 0;
  for (let at = 0; at < text.length; at++) if (isPair(text, at)) pairs++;
  let left = Math.floor((text.length - pairs) * 9 / 10);
  let boundary = 0;
  while (left-- > 0) boundary += isPair(text, boundary) ? 2 : 1;
  return { train: text.slice(0, boundary), validation: text.slice(boundary) };
}

/** The parts that a text has of its own, else those that {@link splitText} makes. */
export function textParts({ text, heldOut }: LoadedText): TextSplit {
  return heldOut === undefined ? splitText(text) : { train: text, validation: heldOut };
}

/** Whether two UTF-16 units make one character. */
function isPair(text: string, at: number): boolean {
  return text.charCodeAt(at) >> 10 === 0x36 && text.charCodeAt(at + 1) >> 10 === 0x37;
}

/** The two parts of a tokenised text. */
export interface TokenSplit {
  /** The first 90 %. */
  readonly train: Int32Array;
  /** The last 10 %. */
  readonly validation: Int32Array;
}

/**
 * Splits a tokenised text: the first ⌊9n/10⌋ tokens for training, the rest for validation.
 *
 * @param tokens All n tokens, in order.
 * @returns Two views of `tokens`.
 */
export function splitTokens(tokens: Int32Array): TokenSplit {
  const boundary = Math.floor(tokens.length * 9 / 10);
  return { train: tokens.subarray(0, boundary), validation: tokens.subarray(boundary) };
}
