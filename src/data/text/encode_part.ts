/**
 * From the texts of a part to its tokens.
 *
 * @module
 */

import type { CorpusPart, WorkOptions } from "./corpus.ts";
import { encodeDocument } from "./documents.ts";
import { makePause } from "../download/pause.ts";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";
import { utf8Bytes } from "./utf8.ts";

/** How much text some tokens stand for. */
export interface EncodedPart {
  /** How many tokens there are. */
  readonly tokens: number;
  /** How many documents they are; 0 if they are one running text. */
  readonly documents: number;
  /**
   * Bytes of the text as UTF-8. A document counts with the end of its last line, so that the sum does not
   * depend on what a tokenizer puts between documents.
   */
  readonly bytes: number;
  /** The same without those of the first token, which nothing predicts: for bits per byte. */
  readonly predictedBytes: number;
}

/**
 * Tokenizes a part, in little memory. Every document is followed by the end-of-text token or, where the
 * vocabulary has none, by the end of a line.
 *
 * @param part Its texts.
 * @param tokenizer What encodes them.
 * @param write Receives the tokens in order.
 * @throws {InputError} If a character is not in the vocabulary, or a text cannot be read.
 */
export async function encodePart(
  part: CorpusPart,
  tokenizer: Tokenizer,
  write: (ids: Int32Array) => void | Promise<void>,
  { onProgress, signal }: WorkOptions = {},
): Promise<EncodedPart> {
  const pause = makePause(signal);
  const encoder = tokenizer.encoder();
  let [first, tokens, documents, bytes, units] = [-1, 0, 0, 0, 0];
  const take = async (ids: Int32Array) => {
    if (first < 0 && ids.length > 0) first = ids[0];
    tokens += ids.length;
    await write(ids);
  };
  for await (const text of part.texts()) {
    await take(part.isContinuous ? encoder.push(text) : encodeDocument(text, tokenizer));
    bytes += utf8Bytes(text);
    if (!part.isContinuous) {
      documents++;
      if (!text.endsWith("\n")) bytes++;
    }
    units += text.length;
    if (await pause()) onProgress?.(units);
  }
  await take(encoder.flush());
  const unpredicted = first < 0 ? 0 : tokenizer.byteLength(first);
  return { tokens, documents, bytes, predictedBytes: Math.max(0, bytes - unpredicted) };
}
