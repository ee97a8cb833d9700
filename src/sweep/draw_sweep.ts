/**
 * Figures and report of a sweep.
 *
 * @module
 */
import type { Device } from "../device/device.ts";
import { InputError, WorkError } from "../errors.ts";
import { writeFileAtomic } from "../files/atomic.ts";
import { drawFigures, type Figures, writeFigures } from "../figures/draw.ts";
import { sweepFigureData } from "./figure_source.ts";
import { reportHtml } from "./report.ts";
import { drawSweepPictures, type OpenRunImages } from "./run_pictures.ts";
import type { RunResult } from "./run_result.ts";
import type { SweepDirectory, SweepRecord } from "./sweep_directory.ts";

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
 * @param device What quantizes the weights, and runs image models.
 * @param open Opens the images that image models are shown with.
 */
export async function drawSweep(
  sweep: SweepDirectory,
  record: SweepRecord,
  results: readonly RunResult[],
  device: Device,
  open: OpenRunImages,
): Promise<SweepFigures> {
  const data = await sweepFigureData(sweep, results, device);
  const files: string[] = [];
  let drawn: Figures | undefined;
  let problem: string | undefined;
  try {
    drawn = await drawFigures(data);
    const pictures = await drawSweepPictures(sweep, data, device, open).catch((error) => {
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

/** What to say of a failure that leaves figures out; anything else is thrown on. */
function problemOf(error: unknown): string {
  if (error instanceof WorkError || error instanceof InputError) return error.message;
  throw error;
}
