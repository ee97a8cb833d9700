/**
 * Trains a byte-level BPE tokenizer.
 *
 * @module
 */

import type { Pair } from "./bpe/pair_occurrences.ts";
import { learnMerges } from "./bpe/learn_merges.ts";
import { PretokenStream } from "./bpe/pretoken_stream.ts";
import { SpecialTokens } from "./bpe/special_tokens.ts";
import { WordCounts } from "./bpe/word_counts.ts";
import { BpeTokenizer } from "./bpe_tokenizer.ts";
import { makePause } from "../download/pause.ts";
import type { TextChunks } from "../text/text_chunks.ts";
import { END_OF_TEXT } from "./tokenizer.ts";
import { smallestBpeVocabulary } from "./tokenizer_name.ts";

/** How far a training is. */
export interface BpeProgress {
  /** Words are counted first, then merges are learned. */
  readonly stage: "counting" | "merging";
  /** UTF-16 units counted, or merges learned. */
  readonly done: number;
}

/** How to train. */
export interface BpeTrainingOptions {
  /** V, all ids together: 256 bytes, the merges and the special tokens. */
  readonly vocabSize: number;
  /** How the special tokens are written, by default `<|endoftext|>` alone. */
  readonly specialTokens?: readonly string[];
  /** Bytes of distinct words to remember, by default 2²³; beyond them the rarest are forgotten. */
  readonly maxWordBytes?: number;
  /** Called every few milliseconds. */
  readonly onProgress?: (progress: BpeProgress) => void;
  /** Aborted: stop soon and throw its reason. */
  readonly signal?: AbortSignal;
}

/**
 * Learns merges from a text, read once and in bounded memory: about 30 bytes per byte of distinct words.
 *
 * The result depends on the text alone, not on its pieces: of equally frequent pairs the one with the smaller ids
 * is merged first. A merge has to occur twice, so a short text gives fewer tokens than were asked for.
 *
 * @param chunks The text.
 * @throws {RangeError} If the vocabulary is too small for the bytes and the special tokens.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { trainBpe } from "./train_bpe.ts";
 *
 * const tokenizer = await trainBpe(["aaab ".repeat(5), "baab"], { vocabSize: 300 });
 * assert.deepEqual(tokenizer.encode("aaab"), tokenizer.encode("aaab"));
 * assert.equal(tokenizer.endOfText, tokenizer.vocabSize - 1);
 * ```
 */
export async function trainBpe(
  chunks: TextChunks,
  options: BpeTrainingOptions,
): Promise<BpeTokenizer> {
  const { vocabSize, specialTokens = [END_OF_TEXT], maxWordBytes = 2 ** 23 } = options;
  const smallest = smallestBpeVocabulary(specialTokens);
  if (!Number.isInteger(vocabSize) || vocabSize < smallest) {
    throw new RangeError(`a BPE vocabulary has at least ${smallest} tokens, not ${vocabSize}`);
  }
  const pause = makePause(options.signal);
  const report = (stage: BpeProgress["stage"], done: number) =>
    options.onProgress?.({ stage, done });

  const words = new WordCounts(maxWordBytes);
  const stream = new PretokenStream(new SpecialTokens(specialTokens), words);
  let units = 0;
  for await (const chunk of chunks) {
    stream.push(chunk);
    units += chunk.length;
    if (await pause()) report("counting", units);
  }
  stream.flush();

  const merges: Pair[] = [];
  for (const merge of learnMerges(words, vocabSize - smallest)) {
    merges.push(merge);
    if (await pause()) report("merging", merges.length);
  }
  return new BpeTokenizer(merges, specialTokens);
}
