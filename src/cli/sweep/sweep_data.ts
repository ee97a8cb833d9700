/**
 * The data of a sweep: found and prepared once, before any run starts.
 *
 * @module
 */
import { resolve } from "../../host/paths.ts";
import { writeFileAtomic } from "../../files/atomic.ts";
import type { SweepRecord, SweptData } from "../../sweep/sweep_directory.ts";
import { optionGroups } from "../../runs/families.ts";
import { prepareRun } from "../../runs/prepare.ts";
import type { WorkHooks } from "../../runs/work.ts";
import { flagName } from "../flags/flag_name.ts";
import type { PlannedRun } from "./sweep_plan.ts";

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
  work: WorkHooks,
): Promise<FoundData[]> {
  const found: FoundData[] = [];
  for (const spec of specs) {
    const before = kept?.data.find((data) => data.spec === spec);
    const run = runs.find(({ config }) => config.data.name === spec)!;
    const draft = { ...run.config, data: { ...run.config.data, name: before?.name ?? spec } };
    found.push({ spec, name: await run.family.resolveData(draft, run.options, work) });
  }
  return found;
}

/** A run with the data that its `--data` means. */
export function withData(run: PlannedRun, data: readonly FoundData[]): PlannedRun {
  const { name } = data.find(({ spec }) => spec === run.config.data.name)!;
  return {
    ...run,
    args: [...run.args.filter((arg) => !arg.startsWith("--data=")), `--data=${name}`],
    config: { ...run.config, data: { ...run.config.data, name } },
  };
}

/** What the data decides about a run. */
export interface RunPreparation {
  /** Optimizer steps. */
  readonly steps: number;
  /** Content of its `tokenizer.json`; undefined where it has none. */
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
  work: WorkHooks,
): Promise<Map<string, RunPreparation>> {
  const distinct = new Map<string, RunPreparation>();
  const prepared = new Map<string, RunPreparation>();
  for (const { id, family, options, config } of runs) {
    const { batch, context: tokens, accumulate, steps: asked } = config.training;
    const values: Readonly<Record<string, unknown>> = options;
    const key = JSON.stringify([
      ...[config.data, config.init],
      ...Object.keys(optionGroups(family).Data).map((name) => values[name] ?? null),
      ...[batch, tokens, accumulate, asked, options.epochs ?? null],
    ]);
    const same = distinct.get(key);
    if (same !== undefined) {
      prepared.set(id, same);
      continue;
    }
    // What there is to note will be noted by every run.
    const quiet = { ...work, onNote: undefined };
    const { config: complete, learned } = await prepareRun(family, config, {
      options,
      work: quiet,
    });
    const { training: { steps }, data: { sha256 } } = complete;
    const preparation = { steps, tokenizer: learned.tokenizer, sha256 };
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
 * Runs that are given what would take long to make again, such as a tokenizer that has to be trained, as a file.
 *
 * @param folder Where the files are written.
 */
export async function withSharedFiles(
  runs: readonly PlannedRun[],
  prepared: ReadonlyMap<string, RunPreparation>,
  folder: string,
): Promise<PlannedRun[]> {
  const files = new Map<string, string>();
  const write = async (content: string) => {
    const path = files.get(content) ?? resolve(folder, `${files.size + 1}.json`);
    if (!files.has(content)) await writeFileAtomic(path, content);
    files.set(content, path);
    return path;
  };
  const given: PlannedRun[] = [];
  for (const run of runs) {
    const { tokenizer } = prepared.get(run.id)!;
    const shared = await run.family.shareData(run.options, tokenizer, write);
    const flags = Object.keys(shared).map((option) => `${flagName(option)}=`);
    const args = run.args.filter((arg) => !flags.some((flag) => arg.startsWith(flag)));
    const files = Object.entries(shared).map(([option, path]) => `${flagName(option)}=${path}`);
    given.push({ ...run, args: [...args, ...files] });
  }
  return given;
}
