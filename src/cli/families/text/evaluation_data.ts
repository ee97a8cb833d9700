/**
 * The data that a run is evaluated on.
 *
 * @module
 */
import {
  type CorpusOptions,
  defaultCorpusOptions,
  type PartName,
} from "../../../data/text/corpus.ts";
import type { PreparedCorpus } from "../../../data/prepared/prepared_corpus.ts";
import type { Tokenizer } from "../../../data/tokenizers/tokenizer.ts";
import { InputError } from "../../../errors.ts";
import type { DataRecord } from "../../../train/run_config.ts";
import type { RunDirectory } from "../../../train/run_directory.ts";
import type { CommandContext } from "../../terminal/context.ts";
import { corpusOptions, openCorpus, openTokens } from "./corpus.ts";

/** What the flags of a command say about its data. */
export interface DataChoice extends Partial<CorpusOptions> {
  /** `--data`. */
  readonly data?: string;
  /** The flags that were given. */
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
 * The data of `--data`, or what the run was trained on.
 *
 * @throws {InputError} If there is none.
 */
export async function evaluationData(
  flags: DataChoice,
  directory: RunDirectory,
  context: CommandContext,
): Promise<EvaluationData> {
  const record = await recordOf(directory, flags);
  const corpus = await openCorpus(
    flags.data ?? record!.name,
    chosenOptions(flags, record),
    context,
  );
  const { source } = corpus.corpus.dataset;
  const checkUnchanged = (sha256: string) => {
    if (sha256 !== record?.sha256) refuseChanged(directory, source);
  };
  const onText = flags.data === undefined ? checkUnchanged : undefined;
  return {
    source,
    open: (tokenizer, parts) => openTokens(corpus, tokenizer, parts, context, onText),
  };
}

/** What the run was trained on; undefined if it is a mere model, which needs `--data`. */
async function recordOf(
  directory: RunDirectory,
  flags: DataChoice,
): Promise<DataRecord | undefined> {
  try {
    return await directory.readData();
  } catch (error) {
    if (flags.data !== undefined && error instanceof InputError) return undefined;
    throw error;
  }
}

/** As the run was trained, but for the flags that were given; other data is only cleaned in the same way. */
function chosenOptions(flags: DataChoice, record: DataRecord | undefined): Partial<CorpusOptions> {
  const { textColumn: _1, rows: _2, joinRows: _3, splitSeed: _4, ...cleaning } = record ?? {};
  const trained = corpusOptions(flags.data === undefined ? record ?? {} : cleaning);
  const asked = Object.entries(flags).filter(([name]) =>
    flags.given.has(name) && Object.hasOwn(defaultCorpusOptions, name)
  );
  return { ...trained, ...Object.fromEntries(asked) };
}

function refuseChanged(directory: RunDirectory, source: string): never {
  throw new InputError(
    `Cannot evaluate ${directory.path} on the text it was trained on: ${source} has ` +
      `changed since; name it with --data to evaluate on it as it is`,
  );
}
