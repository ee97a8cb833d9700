/**
 * How much text a model predicts: the denominator of bits per byte.
 *
 * @module
 */

import type { Tokenizer } from "../tokenizers/tokenizer.ts";
import { utf8Bytes } from "./utf8.ts";

/**
 * Bytes of a text as UTF-8 that are predicted: all but those of the first token, which nothing predicts.
 *
 * @param text The text, as it was before a tokenizer could lower its case or replace what it does not know.
 * @param ids The text's ids.
 * @param tokenizer What encoded it.
 */
export function predictedBytes(text: string, ids: Int32Array, tokenizer: Tokenizer): number {
  return ids.length === 0 ? 0 : utf8Bytes(text) - tokenizer.byteLength(ids[0]);
}
