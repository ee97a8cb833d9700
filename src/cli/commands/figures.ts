/**
 * `figures`: draws or redraws every figure of a run or a sweep.
 *
 * @module
 */
import type { Device } from "../../device/device.ts";
import { openDevice } from "../../device/open_device.ts";
import { InputError, WorkError } from "../../errors.ts";
import { runCharts } from "../../figures/charts.ts";
import { drawFigures, writeFigures } from "../../figures/draw.ts";
import { drawSweep } from "../../sweep/draw_sweep.ts";
import { runFigureData } from "../../runs/figure_data.ts";
import { drawRunPictures } from "../../runs/pictures.ts";
import { chooseRun } from "../../runs/run_choice.ts";
import { SweepDirectory } from "../../sweep/sweep_directory.ts";
import type { ParsedFlags } from "../flags/commands.ts";
import type { CommandContext } from "../terminal/context.ts";
import { StageProgress, workHooks } from "../terminal/stage_progress.ts";

/** What `figures --json` prints. */
export interface FiguresOutcome {
  readonly files: readonly string[];
  /** What charts that are left out would need, by their name. */
  readonly left_out: Readonly<Record<string, string>>;
}

/** Runs the command. */
export async function run(
  flags: ParsedFlags<"figures">,
  context: CommandContext,
): Promise<FiguresOutcome> {
  if (flags.run !== undefined && flags.sweep !== undefined) {
    throw new InputError(
      `Cannot draw both --run ${flags.run} and --sweep ${flags.sweep}: give one of them`,
    );
  }
  const sweep = flags.sweep ?? (await isSweep(flags.run) ? flags.run : undefined);
  using device = await openDevice({ backend: flags.device, threads: flags.threads });
  const { files, leftOut } = sweep === undefined
    ? await ofRun(flags.run, device, context)
    : await ofSweep(sweep, device, context);
  for (const file of files) context.print(file);
  for (const { name, needs } of leftOut) context.note(`left out: ${name}, which needs ${needs}`);
  return {
    files,
    left_out: Object.fromEntries(leftOut.map(({ name, needs }) => [name, needs])),
  };
}

/** Whether what was given as a run is a sweep. */
async function isSweep(path: string | undefined): Promise<boolean> {
  return path !== undefined && await new SweepDirectory(path).readRecord() !== undefined;
}

async function ofRun(path: string | undefined, device: Device, context: CommandContext) {
  const directory = await chooseRun(path);
  const data = await runFigureData(directory, device);
  const { figures, leftOut, failed } = await drawFigures(data, runCharts());
  for (const { name, why } of failed) context.note(`could not be drawn: ${name}, ${why}`);
  const files = await writeFigures(directory.figuresPath, figures);
  // Last, because the images may be gone.
  using stages = new StageProgress(context);
  const work = workHooks(context, stages);
  const pictures = await drawRunPictures(directory, data.subject, device, work);
  return { files: [...files, ...await writeFigures(directory.figuresPath, pictures)], leftOut };
}

async function ofSweep(path: string, device: Device, context: CommandContext) {
  const sweep = new SweepDirectory(path);
  const record = await sweep.readRecord();
  if (record === undefined) {
    throw new InputError(`Cannot draw ${path}: there is no sweep (no sweep.json) in it`);
  }
  const results = await sweep.results();
  using stages = new StageProgress(context);
  const drawn = await drawSweep(sweep, record, results, device, workHooks(context, stages));
  if (drawn.problem !== undefined) throw new WorkError(drawn.problem);
  return drawn;
}
