/**
 * The data of a sweep: found and prepared once, before any run starts.
 *
 * @module
 */
import { resolve } from "../../host/paths.ts";
import { bpeVocabSize } from "../../data/tokenizers/create_tokenizer.ts";
import { writeFileAtomic } from "../../files/atomic.ts";
import type { RunConfig } from "../../train/run_config.ts";
import type { SweepRecord, SweptData } from "../../sweep/sweep_directory.ts";
import type { CommandContext } from "../terminal/context.ts";
import { nameOfData } from "../runs/data_names.ts";
import type { PlannedRun } from "./sweep_plan.ts";
import { prepareRun } from "../runs/training_setup.ts";

/** What `--data` means: a name or path that always means exactly this text. */
type FoundData = Omit<SweptData, "sha256">;

/**
 * Finds what each `--data` means, so that no run has to look for it again, and all learn from the same.
 *
 * @param specs What was asked for.
 * @param runs The runs, which say what column of it is the text.
 * @param kept The record of the sweep if it is gone on with: a name means what it meant then.
 */
export async function findData(
  specs: readonly string[],
  runs: readonly PlannedRun[],
  kept: SweepRecord | undefined,
  context: CommandContext,
): Promise<FoundData[]> {
  const found: FoundData[] = [];
  for (const spec of specs) {
    const before = kept?.data.find((data) => data.spec === spec);
    const run = runs.find(({ config }) => config.data.name === spec)!;
    found.push({ spec, name: await nameOfData(before?.name ?? spec, run, context) });
  }
  return found;
}

/** A run with the data that its `--data` means. */
export function withData(run: PlannedRun, data: readonly FoundData[]): PlannedRun {
  const { name } = data.find(({ spec }) => spec === run.config.data.name)!;
  return {
    ...run,
    args: [...run.args.filter((arg) => !arg.startsWith("--data=")), `--data=${name}`],
    config: withName(run.config, name),
  };
}

function withName(config: RunConfig, name: string): RunConfig {
  return config.family === "text"
    ? { ...config, data: { ...config.data, name } }
    : { ...config, data: { ...config.data, name } };
}

/** What the data decides about a run. */
export interface RunPreparation {
  /** Optimizer steps. */
  readonly steps: number;
  /** Content of its `tokenizer.json`; undefined for images. */
  readonly tokenizer: unknown;
  /** Checksum of the data. */
  readonly sha256: string;
}

/**
 * Prepares the data of each run, by its id; what is the same for several is prepared once.
 *
 * @throws {InputError} If there is too little data for a run, or it cannot be read as its tokenizer wants, or the
 *   model that a run starts from does not fit it.
 */
export async function prepareRuns(
  runs: readonly PlannedRun[],
  context: CommandContext,
): Promise<Map<string, RunPreparation>> {
  const distinct = new Map<string, RunPreparation>();
  const prepared = new Map<string, RunPreparation>();
  for (const { id, flags, config } of runs) {
    const { batch, context: tokens, accumulate, steps: asked } = config.training;
    const key = JSON.stringify([
      ...[config.data, flags.tokenizer, config.init],
      ...[batch, tokens, accumulate, asked, flags.epochs],
    ]);
    const same = distinct.get(key);
    if (same !== undefined) {
      prepared.set(id, same);
      continue;
    }
    const ready = await prepareRun(config, {
      flags,
      // What there is to note will be noted by every run.
      context: { ...context, note: () => {} },
    });
    const { training: { steps }, data: { sha256 } } = ready.config;
    const preparation = { steps, tokenizer: ready.tokenizer, sha256 };
    distinct.set(key, preparation);
    prepared.set(id, preparation);
  }
  return prepared;
}

/** The data with its checksums, which are known once it is prepared. */
export function withChecksums(
  data: readonly FoundData[],
  runs: readonly PlannedRun[],
  prepared: ReadonlyMap<string, RunPreparation>,
): SweptData[] {
  return data.map((found) => {
    const run = runs.find(({ config }) => config.data.name === found.name)!;
    return { ...found, sha256: prepared.get(run.id)!.sha256 };
  });
}

/**
 * Runs that are given a tokenizer which would have to be trained, as a file instead.
 *
 * @param folder Where the files are written.
 */
export async function withTokenizerFiles(
  runs: readonly PlannedRun[],
  prepared: ReadonlyMap<string, RunPreparation>,
  folder: string,
): Promise<PlannedRun[]> {
  const files = new Map<string, string>();
  const given: PlannedRun[] = [];
  for (const run of runs) {
    const spec = run.flags.tokenizer;
    if (run.config.family !== "text" || bpeVocabSize(spec) === undefined) {
      given.push(run);
      continue;
    }
    const json = JSON.stringify(prepared.get(run.id)!.tokenizer) + "\n";
    const path = files.get(json) ?? resolve(folder, `${files.size + 1}.json`);
    if (!files.has(json)) await writeFileAtomic(path, json);
    files.set(json, path);
    const args = run.args.filter((arg) => !arg.startsWith("--tokenizer="));
    given.push({ ...run, args: [...args, `--tokenizer=${path}`] });
  }
  return given;
}
