/**
 * Figures and report of a sweep.
 *
 * @module
 */
import type { Device } from "../device/device.ts";
import { InterruptedError } from "../errors.ts";
import { writeFileAtomic } from "../files/atomic.ts";
import type { FigureData } from "../figures/figure_data.ts";
import { drawFigures, type Figures, writeFigures } from "../figures/draw.ts";
import { sweepFigureData } from "./figure_source.ts";
import { reportHtml } from "./report.ts";
import type { PicturedRun } from "../runs/family.ts";
import type { WorkHooks } from "../runs/work.ts";
import type { RunResult } from "./run_result.ts";
import { familyOfSweep, type SweepDirectory, type SweepRecord } from "./sweep_directory.ts";

/** What was drawn. */
export interface SweepFigures {
  /** Paths of the files, the report's last. */
  readonly files: readonly string[];
  /** The charts that the data was not enough for. */
  readonly leftOut: Figures["leftOut"];
  /** Why figures are missing, in one line; undefined if none is. */
  readonly problem: string | undefined;
}

/**
 * Draws every figure of a sweep and writes its report. Without the plotting packages the report is written
 * all the same.
 *
 * @param device What quantizes the weights, and runs the models for pictures.
 * @param work Called as it goes on.
 * @param options Options of the runs that say where and how, such as how much memory their data may take.
 */
export async function drawSweep(
  sweep: SweepDirectory,
  record: SweepRecord,
  results: readonly RunResult[],
  device: Device,
  work: WorkHooks = {},
  options: Readonly<Record<string, unknown>> = {},
): Promise<SweepFigures> {
  const data = await sweepFigureData(sweep, results, device);
  const files: string[] = [];
  let drawn: Figures | undefined;
  let problem: string | undefined;
  try {
    drawn = await drawFigures(data);
    const runs = await picturedRuns(sweep, data);
    const { subject } = data;
    const pictures = runs.length === 0
      ? []
      : await familyOfSweep(record).drawPictures({ runs, subject, device, work, options })
        .catch((error) => {
          problem = problemOf(error);
          return [];
        });
    drawn = { ...drawn, figures: [...drawn.figures, ...pictures] };
    files.push(...await writeFigures(sweep.figuresPath, drawn.figures));
  } catch (error) {
    problem = problemOf(error);
  }
  const { subject, token } = data;
  await writeFileAtomic(
    sweep.reportPath,
    reportHtml({ subject, token, record, results, drawn }),
  );
  return { files: [...files, sweep.reportPath], leftOut: drawn?.leftOut ?? [], problem };
}

/** Of each series the first run, if it has weights. */
async function picturedRuns(sweep: SweepDirectory, { series }: FigureData): Promise<PicturedRun[]> {
  const runs: PicturedRun[] = [];
  for (const { label, runs: [first] } of series) {
    const directory = sweep.run(first.name);
    if (!await directory.hasWeights()) continue;
    runs.push({ label, directory, config: await directory.readConfig() });
  }
  return runs;
}

/** What to say of a failure that leaves figures out, whatever it is: a report is worth more than its figures. */
function problemOf(error: unknown): string {
  if (error instanceof InterruptedError) throw error;
  return (error instanceof Error ? error.message : String(error)).split("\n")[0];
}
