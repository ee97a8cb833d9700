/**
 * The text that the option `data` names, ready to be tokenized, with the progress of the work.
 *
 * @module
 */
import { Corpus, type PartName } from "../../data/text/corpus.ts";
import type { CorpusOptions } from "../../data/text/corpus_options.ts";
import { corpusTokenizer } from "../../data/tokenizers/corpus_tokenizer.ts";
import { bpeVocabSize, dependsOnText } from "../../data/tokenizers/tokenizer_name.ts";
import { openDataset } from "../../data/datasets.ts";
import { namesImages } from "../../data/images/open_images.ts";
import { CorpusCache, type PreparationProgress } from "../../data/prepared/corpus_cache.ts";
import { loadCorpus } from "../../data/prepared/load_corpus.ts";
import type { PreparedCorpus } from "../../data/prepared/prepared_corpus.ts";
import type { Tokenizer } from "../../data/tokenizers/tokenizer.ts";
import { OptionError, optionName } from "../../errors.ts";
import { cacheDirectory } from "../../files/cache_directory.ts";
import { downloadHook, type WorkHooks, type WorkProgress } from "../work.ts";

/** Data that is ready to be tokenized. */
export interface OpenedCorpus {
  readonly corpus: Corpus;
  /** What was prepared of it before; undefined where there is no place for a cache. */
  readonly cache: CorpusCache | undefined;
}

/**
 * Opens data.
 *
 * @param name What the option `data` says.
 * @param unverified Whether a few rows may be read over the network without the whole files.
 */
export async function openCorpus(
  name: string,
  options: Partial<CorpusOptions>,
  work: WorkHooks,
  unverified: boolean = false,
): Promise<OpenedCorpus> {
  if (namesImages(name)) {
    throw new OptionError(
      `Cannot use the data ${name} as text: it is images, for ${optionName("model")} vit`,
    );
  }
  const dataset = await openDataset(name, {
    onNotice: work.onNote,
    onProgress: downloadHook(work),
    signal: work.signal,
    unverified,
    ...(options.textColumn && { textColumn: options.textColumn }),
  });
  const corpus = new Corpus(dataset, options);
  if (corpus.notice !== undefined) work.onNote?.(corpus.notice);
  const directory = cacheDirectory();
  const cache = directory === undefined ? undefined : await CorpusCache.of(corpus, directory);
  return { corpus, cache };
}

/** The tokenizer that the option `tokenizer` names: as it was made before, else made now. */
export async function openTokenizer(
  spec: string,
  { corpus, cache }: OpenedCorpus,
  work: WorkHooks,
): Promise<Tokenizer> {
  const kept = dependsOnText(spec) ? await cache?.readTokenizer(spec) : undefined;
  if (kept !== undefined) return kept;
  const counting = { label: "words", unit: "characters", total: corpus.bytes };
  const merging = { label: "tokenizer", unit: "tokens", total: bpeVocabSize(spec) ?? 0 };
  return await corpusTokenizer(spec, corpus, {
    onProgress: ({ stage, done }) =>
      work.onProgress?.({ ...(stage === "counting" ? counting : merging), done }),
    onNotice: work.onNote,
    signal: work.signal,
  });
}

/**
 * The tokens of some parts, wherever they can be had with the least work.
 *
 * @param onText Given the checksum of the text to train and to validate on; it may throw.
 */
export async function openTokens(
  { corpus, cache }: OpenedCorpus,
  tokenizer: Tokenizer,
  parts: readonly PartName[],
  work: WorkHooks,
  onText?: (sha256: string) => void,
): Promise<PreparedCorpus> {
  const prepared = await loadCorpus(corpus, tokenizer, parts, {
    ...{ cache, onText },
    onNotice: work.onNote,
    onProgress: (progress) => work.onProgress?.(preparationProgress(progress)),
    signal: work.signal,
  });
  if (prepared.entry?.card.verified === false) {
    work.onNote?.(`${corpus.dataset.source} was read over the network, and is not verified`);
  }
  return prepared;
}

/** How far a preparation is. */
export function preparationProgress({ stage, done, total }: PreparationProgress): WorkProgress {
  const million = (count: number) => Number((count / 1e6).toFixed(1));
  const stages: Record<PreparationProgress["stage"], Pick<WorkProgress, "label" | "unit">> = {
    reading: { label: "read", unit: "million characters" },
    tokenizing: { label: "tokenize", unit: "million characters" },
    verifying: { label: "verify", unit: "MB" },
  };
  return { ...stages[stage], done: million(done), total: million(total) };
}
