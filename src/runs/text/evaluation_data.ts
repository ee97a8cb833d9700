/**
 * The data that a run is evaluated on.
 *
 * @module
 */
import type { PartName } from "../../data/text/corpus.ts";
import { type CorpusOptions, defaultCorpusOptions } from "../../data/text/corpus_options.ts";
import type { PreparedCorpus } from "../../data/prepared/prepared_corpus.ts";
import type { Tokenizer } from "../../data/tokenizers/tokenizer.ts";
import { InputError, OptionError, optionName } from "../../errors.ts";

import type { TextDataRecord } from "./run_config.ts";
import type { RunDirectory } from "../../train/run_directory.ts";
import type { WorkHooks } from "../work.ts";
import { openCorpus, openTokens } from "./corpus.ts";
import { corpusOptions } from "./corpus_options.ts";

/** What is asked for of the data. */
export interface DataChoice extends Partial<CorpusOptions> {
  /** Another text than the run was trained on. */
  readonly data?: string;
  /** The options that were given. */
  readonly given: ReadonlySet<string>;
}

/** Data that a run is evaluated on, of which nothing is tokenized yet. */
export interface EvaluationData {
  /** Where it was had from, for people. */
  readonly source: string;
  /**
   * The tokens of some parts.
   *
   * @throws {InputError} If the run was trained on the data and it is no longer the same.
   */
  open(tokenizer: Tokenizer, parts: readonly PartName[]): Promise<PreparedCorpus>;
}

/**
 * The data that is asked for, or what the run was trained on.
 *
 * @throws {InputError} If there is none.
 */
export async function evaluationData(
  options: DataChoice,
  directory: RunDirectory,
  work: WorkHooks,
): Promise<EvaluationData> {
  const record = await recordOf(directory, options);
  const corpus = await openCorpus(
    options.data ?? record!.name,
    chosenOptions(options, record),
    work,
  );
  const { source } = corpus.corpus.dataset;
  const checkUnchanged = (sha256: string) => {
    if (sha256 !== record?.sha256) refuseChanged(directory, source);
  };
  const onText = options.data === undefined ? checkUnchanged : undefined;
  return {
    source,
    open: (tokenizer, parts) => openTokens(corpus, tokenizer, parts, work, onText),
  };
}

/** What the run was trained on; undefined if it is a mere model, which needs other data. */
async function recordOf(
  directory: RunDirectory,
  options: DataChoice,
): Promise<TextDataRecord | undefined> {
  try {
    return await directory.readData<TextDataRecord>();
  } catch (error) {
    if (options.data !== undefined && error instanceof InputError) return undefined;
    throw error;
  }
}

/** As the run was trained, but for the options that were given; other data is only cleaned in the same way. */
function chosenOptions(
  options: DataChoice,
  record: TextDataRecord | undefined,
): Partial<CorpusOptions> {
  const { textColumn: _1, rows: _2, joinRows: _3, splitSeed: _4, ...cleaning } = record ?? {};
  const trained = corpusOptions(options.data === undefined ? record ?? {} : cleaning);
  const asked = Object.entries(options).filter(([name]) =>
    options.given.has(name) && Object.hasOwn(defaultCorpusOptions, name)
  );
  return { ...trained, ...Object.fromEntries(asked) };
}

function refuseChanged(directory: RunDirectory, source: string): never {
  throw new OptionError(
    `Cannot evaluate ${directory.path} on the text it was trained on: ${source} has ` +
      `changed since; name it with ${optionName("data")} to evaluate on it as it is`,
  );
}
