/**
 * The tokens of a data set, wherever they can be had with the least work.
 *
 * @module
 */

import type { Corpus, CorpusMeasure, PartName } from "../text/corpus.ts";
import { encodePart } from "../text/encode_part.ts";
import { IntList } from "../text/int_list.ts";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";
import type { CorpusCache, PreparationOptions } from "./corpus_cache.ts";
import { PreparedCorpus, type PreparedPart } from "./prepared_corpus.ts";

/** What is not larger on disk is tokenized in memory, nearly as fast as it would be read from the cache. */
const LARGEST_IN_MEMORY = 2 ** 24;

/** Where tokens may come from and how long it takes. */
export interface LoadCorpusOptions extends PreparationOptions {
  /** What was prepared before, and where large data is prepared; undefined: all data is held in memory. */
  readonly cache: CorpusCache | undefined;
  /**
   * Given the checksum of the text to train and to validate on, before it was cleaned, as soon as it is known; it may
   * throw. Without it only what is wanted is read, and downloaded.
   */
  readonly onText?: (sha256: string) => void;
}

/**
 * Tokenizes data: as it was prepared before, else in memory if it is small, else it is prepared now. What was
 * prepared and is damaged is prepared again.
 *
 * @param wanted Which parts.
 * @throws {InputError} If a text cannot be read or encoded, or the cache cannot be written to.
 * @throws {WorkError} If a text cannot be downloaded, or the disk is full.
 */
export async function loadCorpus(
  corpus: Corpus,
  tokenizer: Tokenizer,
  wanted: readonly PartName[],
  options: LoadCorpusOptions,
): Promise<PreparedCorpus> {
  const { cache, onText } = options;
  const isSmall = corpus.bytesOf(wanted) <= LARGEST_IN_MEMORY;
  const parts = wanted.includes("all") ? wanted : corpus.partNames;
  const found = await cache?.find(tokenizer, options, wanted, parts);
  if (found !== undefined) {
    onText?.(found.entry!.card.sha256);
    return found;
  }
  if (onText) onText((await measure(corpus, options)).sha256);
  if (cache === undefined || isSmall && !await cache.has(tokenizer, parts)) {
    return await encodeInMemory(corpus, tokenizer, wanted, options);
  }
  // What is damaged has been reported.
  return await cache.prepare(tokenizer, { ...options, onNotice: undefined }, parts);
}

async function encodeInMemory(
  corpus: Corpus,
  tokenizer: Tokenizer,
  wanted: readonly PartName[],
  { signal }: LoadCorpusOptions,
): Promise<PreparedCorpus> {
  const parts = new Map<PartName, PreparedPart>();
  for (const name of wanted) {
    const ids = new IntList();
    const { documents, predictedBytes } = await encodePart(
      corpus.part(name),
      tokenizer,
      (chunk) => ids.append(chunk),
      { signal },
    );
    parts.set(name, { tokens: ids.copy(), documents, predictedBytes });
  }
  return new PreparedCorpus(parts);
}

async function measure(
  corpus: Corpus,
  { onProgress, signal }: LoadCorpusOptions,
): Promise<CorpusMeasure> {
  return await corpus.measure({
    signal,
    onProgress: (done) => onProgress?.({ stage: "reading", done, total: corpus.bytes }),
  });
}
