/**
 * The data that `--data` names, ready to be tokenized, with the progress of the work.
 *
 * @module
 */
import {
  Corpus,
  type CorpusOptions,
  defaultCorpusOptions,
  type PartName,
} from "../../../data/text/corpus.ts";
import { corpusTokenizer } from "../../../data/tokenizers/corpus_tokenizer.ts";
import { bpeVocabSize, dependsOnText } from "../../../data/tokenizers/create_tokenizer.ts";
import { openDataset } from "../../../data/datasets.ts";
import { namesImages } from "../../../data/images/open_images.ts";
import { CorpusCache, type PreparationProgress } from "../../../data/prepared/corpus_cache.ts";
import { loadCorpus } from "../../../data/prepared/load_corpus.ts";
import type { PreparedCorpus } from "../../../data/prepared/prepared_corpus.ts";
import type { Tokenizer } from "../../../data/tokenizers/tokenizer.ts";
import { InputError } from "../../../errors.ts";
import { cacheDirectory } from "../../../files/cache_directory.ts";
import type { CommandContext } from "../../terminal/context.ts";
import { downloadProgress } from "../../terminal/download_progress.ts";
import { type Stage, StageProgress } from "../../terminal/stage_progress.ts";

/** What preparing data needs of a {@link CommandContext}. */
export type PreparationContext = Pick<
  CommandContext,
  "note" | "progress" | "interrupted" | "isTerminal"
>;

/** Data that is ready to be tokenized. */
export interface OpenedCorpus {
  readonly corpus: Corpus;
  /** What was prepared of it before; undefined where there is no place for a cache. */
  readonly cache: CorpusCache | undefined;
}

const OPTIONS = Object.keys(defaultCorpusOptions) as (keyof CorpusOptions)[];

/** The options among some flags, or in the record of a run, that are not as they are by default. */
export function corpusOptions(
  flags: { readonly [Name in keyof CorpusOptions]?: CorpusOptions[Name] | undefined },
): Partial<CorpusOptions> {
  const stated = OPTIONS.filter((name) =>
    flags[name] !== undefined && flags[name] !== defaultCorpusOptions[name]
  );
  return Object.fromEntries(stated.map((name) => [name, flags[name]]));
}

/**
 * Opens data.
 *
 * @param name What `--data` says.
 * @param unverified Whether a few rows may be read over the network without the whole files.
 */
export async function openCorpus(
  name: string,
  options: Partial<CorpusOptions>,
  context: PreparationContext,
  unverified: boolean = false,
): Promise<OpenedCorpus> {
  if (namesImages(name)) {
    throw new InputError(`Cannot use the data ${name} as text: it is images, for --model vit`);
  }
  const dataset = await openDataset(name, {
    onNotice: context.note,
    onProgress: downloadProgress(context),
    signal: context.interrupted,
    unverified,
    ...(options.textColumn && { textColumn: options.textColumn }),
  });
  const corpus = new Corpus(dataset, options);
  if (corpus.notice !== undefined) context.note(corpus.notice);
  const directory = cacheDirectory();
  const cache = directory === undefined ? undefined : await CorpusCache.of(corpus, directory);
  return { corpus, cache };
}

/** The tokenizer that `--tokenizer` names: as it was made before, else made now. */
export async function openTokenizer(
  spec: string,
  { corpus, cache }: OpenedCorpus,
  context: PreparationContext,
): Promise<Tokenizer> {
  const kept = dependsOnText(spec) ? await cache?.readTokenizer(spec) : undefined;
  if (kept !== undefined) return kept;
  using bars = new StageProgress(context);
  const counting = { label: "words", unit: "characters", total: corpus.bytes };
  const merging = { label: "tokenizer", unit: "tokens", total: bpeVocabSize(spec) ?? 0 };
  return await corpusTokenizer(spec, corpus, {
    onProgress: ({ stage, done }) => bars.update(stage === "counting" ? counting : merging, done),
    onNotice: context.note,
    signal: context.interrupted,
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
  context: PreparationContext,
  onText?: (sha256: string) => void,
): Promise<PreparedCorpus> {
  using bars = new StageProgress(context);
  const prepared = await loadCorpus(corpus, tokenizer, parts, {
    ...{ cache, onText },
    onNotice: context.note,
    onProgress: (progress) => showPreparation(bars, progress),
    signal: context.interrupted,
  });
  if (prepared.entry?.card.verified === false) {
    context.note(`${corpus.dataset.source} was read over the network, and is not verified`);
  }
  return prepared;
}

/** Shows how far a preparation is. */
export function showPreparation(
  bars: StageProgress,
  { stage, done, total }: PreparationProgress,
): void {
  const million = (count: number) => Number((count / 1e6).toFixed(1));
  const stages: Record<PreparationProgress["stage"], Stage> = {
    reading: { label: "read", unit: "million characters", total: million(total) },
    tokenizing: { label: "tokenize", unit: "million characters", total: million(total) },
    verifying: { label: "verify", unit: "MB", total: million(total) },
  };
  bars.update(stages[stage], million(done));
}
