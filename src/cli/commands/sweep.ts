/**
 * `sweep`: the same training with every combination of the values given.
 *
 * @module
 */
import { join } from "../../host/paths.ts";
import { denoVersion } from "../../host/system.ts";
import program from "../../../deno.json" with { type: "json" };
import { openDevice } from "../../device/open_device.ts";
import { InterruptedError, WorkError } from "../../errors.ts";
import { sha256Hex } from "../../files/sha256.ts";
import type { SettingLists } from "../../sweep/grid.ts";
import { runChild } from "../../sweep/child.ts";
import { drawSweep } from "../../sweep/draw_sweep.ts";
import {
  failedResult,
  finishedResult,
  hasFailed,
  type RunCircumstances,
  type RunResult,
} from "../../sweep/run_result.ts";
import { type Share, sideBySide } from "../../sweep/side_by_side.ts";
import { summarize, type SweepRow } from "../../sweep/summary.ts";
import { SweepDirectory, type SweepRecord } from "../../sweep/sweep_directory.ts";
import { commandLine } from "../flags/command_line.ts";
import type { ParsedFlags } from "../flags/commands.ts";
import type { CommandContext } from "../terminal/context.ts";
import { INTERRUPTED } from "../terminal/exit_codes.ts";
import { flagsOf, optionsOf } from "../flags/commands.ts";
import { moduleAddress } from "../flags/import_families.ts";
import { kebabCase } from "../flags/flag_name.ts";
import { formatDuration } from "../terminal/progress.ts";
import { RUNS_DIRECTORY } from "../../runs/run_choice.ts";
import type { RunFamily } from "../../runs/family.ts";
import { StageProgress, workHooks } from "../terminal/stage_progress.ts";
import {
  findData,
  prepareRuns,
  withChecksums,
  withData,
  withSharedFiles,
} from "../sweep/sweep_data.ts";
import { type PlannedRun, planSweep, settingLists } from "../sweep/sweep_plan.ts";
import { SweepProgress } from "../sweep/sweep_progress.ts";
import { sweepTable } from "../sweep/sweep_table.ts";

/** What `sweep --json` prints. */
export interface SweepOutcome {
  readonly sweep: string;
  readonly table: readonly SweepRow[];
  readonly results: readonly RunResult[];
}

interface Sweep {
  readonly directory: SweepDirectory;
  readonly record: SweepRecord;
  readonly runs: readonly PlannedRun[];
  /** The steps of each run, by its id. */
  readonly steps: ReadonlyMap<string, number>;
  readonly jobs: number;
  /** Addresses of the modules that register what is trained. */
  readonly modules: readonly string[];
}

/** Runs the command. */
export async function run(
  flags: ParsedFlags<"sweep">,
  context: CommandContext,
): Promise<SweepOutcome> {
  const sweep = await prepare(flags, context);
  const { directory, runs } = sweep;
  using _lock = await directory.lock();
  await trainAll(sweep, context);

  const ids = new Set(runs.map(({ id }) => id));
  const results = (await directory.results()).filter(({ id }) => ids.has(id));
  if (flags.figures.includes(true)) {
    using device = await openDevice({ backend: "cpu" });
    using stages = new StageProgress(context);
    const work = workHooks(context, stages);
    const { problem } = await drawSweep(
      ...[directory, sweep.record, results, device, work, firstValues(flags)] as const,
    );
    if (problem !== undefined) context.note(problem);
    context.log(`Report: ${directory.reportPath}`);
  }
  const { family } = runs[0];
  const table = summarize(results, family);
  if (!context.json && table.length > 0) {
    for (const line of sweepTable(table, family)) {
      context.print(line);
    }
  }
  const failed = results.filter(hasFailed);
  if (failed.length > 0) {
    throw new WorkError(
      `Cannot finish the sweep in ${directory.path}: ${failed.length} of ${runs.length} runs ` +
        `failed, ${failed.map(({ id, error }) => `${id} (${error})`).join("; ")}`,
    );
  }
  return { sweep: directory.path, table, results };
}

/** Finds everything that is wrong with the sweep before its first run starts. */
async function prepare(flags: ParsedFlags<"sweep">, context: CommandContext): Promise<Sweep> {
  const device: string[] = [];
  for (const name of flags.device) device.push(await resolveDevice(name));
  const lists: SettingLists = { ...settingLists(flags), device: [...new Set(device)] };
  const given = new Set([...flags.given].map(kebabCase)).union(new Set(["data", "keep", "device"]));
  const { runs: planned, notes } = await planSweep(lists, given);
  for (const note of notes) context.note(note);

  const name = `sweep-${(await sha256Hex(JSON.stringify(recorded(lists)))).slice(0, 8)}`;
  const directory = new SweepDirectory(flags.out ?? join(RUNS_DIRECTORY, name));
  const kept = await directory.readRecord();
  using stages = new StageProgress(context);
  const work = workHooks(context, stages);
  const named = await findData(lists.data.map(String), planned, kept, work);
  const found = planned.map((run) => withData(run, named));
  const prepared = await prepareRuns(found, work);
  const data = withChecksums(named, found, prepared);
  const record: SweepRecord = {
    settings: recorded({ ...lists, data: data.map(({ name }) => name) }),
    data,
    command: commandLine("sweep", {
      ...Object.fromEntries([...flags.given].map((flag) => [flag, flags[flag]])),
      ...{ out: undefined, jobs: undefined, json: undefined, quiet: undefined, config: undefined },
    }),
    versions: { bittext: program.version, deno: denoVersion },
  };
  await directory.begin(record);
  const runs = await withSharedFiles(found, prepared, directory.tokenizersPath);
  const steps = new Map([...prepared].map(([id, { steps }]) => [id, steps]));

  const processors = navigator.hardwareConcurrency || 1;
  const jobs = flags.jobs ?? (device.includes("webgpu") ? 1 : processors);
  const modules = (flags.import ?? []).map(moduleAddress);
  return { directory, record, runs, steps, jobs: Math.min(jobs, runs.length), modules };
}

/** Without flags that change no result: a sweep may go on with others. */
function recorded(settings: SettingLists): SettingLists {
  const ways = Object.entries(flagsOf("sweep"))
    .filter(([, flag]) => "circumstance" in flag && flag.circumstance === "way")
    .map(([key]) => kebabCase(key));
  return Object.fromEntries(
    Object.entries(settings).filter(([flag, values]) => values.length > 1 || !ways.includes(flag)),
  );
}

/** Of each option the first value that was given. */
function firstValues(flags: ParsedFlags<"sweep">): Record<string, unknown> {
  const given = Object.entries(optionsOf(flags));
  return Object.fromEntries(given.map(([name, values]) => [name, [values].flat()[0]]));
}

/** What `auto` means here. Every run would find the same, later and one after the other. */
async function resolveDevice(name: "auto" | "webgpu" | "cpu"): Promise<string> {
  if (name === "cpu") return name;
  using device = await openDevice({ backend: name, threads: 1 });
  return device.description.backend;
}

async function trainAll(sweep: Sweep, context: CommandContext): Promise<void> {
  const { directory, runs, steps, jobs } = sweep;
  const finished = new Set((await directory.retainFinished()).map(({ id }) => id));
  const left = runs.filter(({ id }) => !finished.has(id));
  context.note(
    `${runs.length} ${runs.length === 1 ? "run" : "runs"} in ${directory.path}` +
      (left.length < runs.length ? `, ${left.length} of them left` : "") +
      `, ${jobs === 1 ? "one at a time" : `${jobs} side by side`}`,
  );
  using progress = new SweepProgress(directory, steps, finished, context);
  let ended = runs.length - left.length;
  const work = async (run: PlannedRun, share: Share, signal: AbortSignal) => {
    progress.start(run.id);
    const result = await trainOne(sweep, run, share, signal);
    if (result === undefined) return;
    await directory.append(result);
    progress.end(run.id);
    context.log(
      `[${++ended}/${runs.length}] ${run.id}: ${
        describe(result, run.family)
      }${progress.timeLeft()}`,
    );
  };
  const processors = navigator.hardwareConcurrency || 1;
  await sideBySide(left, work, {
    jobs,
    processors,
    isNearlyDone: ({ id }) => progress.isNearlyDone(id),
    signal: context.interrupted,
  });
  if (context.interrupted.aborted && ended < runs.length) {
    throw new InterruptedError(
      `Interrupted: ${ended} of ${runs.length} runs in ${directory.path} have ended, those at work ` +
        "saved a checkpoint; the same command goes on with them",
    );
  }
}

/** Trains a run to its end, in a process of its own; undefined if it was interrupted. */
async function trainOne(
  { directory, jobs, modules }: Sweep,
  run: PlannedRun,
  share: Share,
  signal: AbortSignal,
): Promise<RunResult | undefined> {
  const target = directory.run(run.id);
  const resumed = await target.exists();
  const { device, threads = share.threads } = run.options;
  const ending = await runChild({
    module: new URL("../sweep/child_program.ts", import.meta.url),
    args: [
      ...[directory.lockPath(run.id), "train", ...run.args, `--out=${target.path}`, "--resume"],
      ...[`--threads=${threads}`, "--json"],
      ...modules.length === 0 ? [] : [`--import=${modules.join(",")}`],
    ],
    signal,
  });
  if (ending.code === INTERRUPTED && signal.aborted) return undefined;
  const circumstances: RunCircumstances = {
    wall_seconds: Math.round(ending.seconds * 1000) / 1000,
    resumed,
    device,
    threads,
    jobs,
  };
  const { id, settings, bits, scheme, seed } = run;
  const swept = { id, settings, bits, scheme, seed };
  return ending.code === 0
    ? await finishedResult(swept, circumstances, target)
    : failedResult(swept, circumstances, { error: ending.error, exit_code: ending.code });
}

function describe(result: RunResult, { results, unit }: RunFamily): string {
  if (hasFailed(result)) return `failed: ${result.error}`;
  const { loss, steps } = result;
  const tested = results.find(({ split, header }) => split === "test" && header !== undefined);
  const score = tested && result[tested.name];
  const reached = tested?.text && typeof score === "number"
    ? `${tested.header} ${tested.text(score, null)}`
    : `validation loss ${loss.toFixed(4)} nats per ${unit}`;
  return `${reached} after ${steps} steps in ${formatDuration(result.wall_seconds)}`;
}
