/**
 * Which part of a text is trained on and which is held out.
 *
 * @module
 */

/** The two parts of a tokenised text. */
export interface TokenSplit {
  /** The first 90 %. */
  readonly train: Int32Array;
  /** The last 10 %. */
  readonly validation: Int32Array;
}

/**
 * Splits continuous text: the first ⌊9n/10⌋ tokens for training, the rest for validation.
 *
 * @param tokens All n tokens, in order.
 * @returns Two views of `tokens`.
 */
export function splitTokens(tokens: Int32Array): TokenSplit {
  const boundary = Math.floor(tokens.length * 9 / 10);
  return { train: tokens.subarray(0, boundary), validation: tokens.subarray(boundary) };
}
