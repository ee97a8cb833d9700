/**
 * `eval`: how good a run is on a text.
 *
 * @module
 */
import { type CorpusOptions, defaultCorpusOptions, type PartName } from "../../data/corpus.ts";
import { openDevice } from "../../device/open_device.ts";
import { InputError } from "../../errors.ts";
import { evaluateSplit, type Evaluation } from "../../train/evaluation.ts";
import type { DataRecord, RunDirectory } from "../../train/run_directory.ts";
import type { ParsedFlags } from "../commands.ts";
import type { CommandContext } from "../context.ts";
import { corpusOptions, openCorpus, openTokens } from "../opened_corpus.ts";
import { openRun } from "../open_run.ts";

type EvalFlags = ParsedFlags<"eval">;

/** What `--split` calls the parts of data. */
const PARTS: Readonly<Record<EvalFlags["split"], PartName>> = {
  train: "train",
  val: "validation",
  test: "test",
  all: "all",
};

/** Runs the command. */
export async function run(flags: EvalFlags, context: CommandContext): Promise<Evaluation> {
  using device = await openDevice({ backend: flags.device, threads: flags.threads });
  using opened = await openRun(flags.run, device);
  const { model, tokenizer, directory } = opened;
  const { maxPositions } = model.config;
  if (flags.stride !== undefined && flags.stride > maxPositions) {
    throw new InputError(
      `Cannot evaluate with --stride ${flags.stride}: the model sees ${maxPositions} tokens at ` +
        "once, so that a larger stride would leave some out",
    );
  }
  const record = await recordOf(directory, flags);
  const options = chosenOptions(flags, record);
  const corpus = await openCorpus(flags.data ?? record!.name, options, context);
  const { source } = corpus.corpus.dataset;
  const part = PARTS[flags.split];
  const checkUnchanged = (sha256: string) => {
    if (sha256 !== record?.sha256) refuseChanged(directory, source);
  };
  const onText = flags.data === undefined ? checkUnchanged : undefined;
  using prepared = await openTokens(corpus, tokenizer, [part], context, onText);
  const { tokens, predictedBytes } = prepared.part(part);
  context.note(`${directory.path} on the ${flags.split} split of ${source}`);

  using progress = context.progress(tokens.length - 1, "eval", "tokens");
  const evaluation = await evaluateSplit(model, tokens, {
    batch: flags.batch,
    context: maxPositions,
    stride: flags.stride,
    bytes: predictedBytes,
    onTokens: (done) => progress.update(done),
    signal: context.interrupted,
  });
  if (!context.json) {
    context.print(`loss           ${evaluation.loss.toFixed(4)} nats per token`);
    context.print(`perplexity     ${evaluation.perplexity.toFixed(4)}`);
    context.print(`bits per byte  ${evaluation.bits_per_byte.toFixed(4)}`);
    context.print(`accuracy       ${(100 * evaluation.accuracy).toFixed(2)} %`);
    context.print(`tokens         ${evaluation.tokens.toLocaleString("en")}`);
  }
  return evaluation;
}

/** What the run was trained on; undefined if it is a mere model, which needs `--data`. */
async function recordOf(
  directory: RunDirectory,
  flags: EvalFlags,
): Promise<DataRecord | undefined> {
  try {
    return (await directory.readConfig()).data;
  } catch (error) {
    if (flags.data !== undefined && error instanceof InputError) return undefined;
    throw error;
  }
}

/** As the run was trained, but for the flags that were given; other data is only cleaned in the same way. */
function chosenOptions(flags: EvalFlags, record: DataRecord | undefined): Partial<CorpusOptions> {
  const { textColumn: _1, rows: _2, joinRows: _3, splitSeed: _4, ...cleaning } = record ?? {};
  const trained = corpusOptions(flags.data === undefined ? record ?? {} : cleaning);
  const given: ReadonlySet<string> = flags.given;
  const asked = Object.entries(flags).filter(([name]) =>
    given.has(name) && Object.hasOwn(defaultCorpusOptions, name)
  );
  return { ...trained, ...Object.fromEntries(asked) };
}

function refuseChanged(directory: RunDirectory, source: string): never {
  throw new InputError(
    `Cannot evaluate ${directory.path} on the text it was trained on: ${source} has ` +
      `changed since; name it with --data to evaluate on it as it is`,
  );
}
