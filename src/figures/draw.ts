/**
 * Draws charts, and writes them to files.
 *
 * @module
 */
import { join } from "../host/paths.ts";
import { WorkError } from "../errors.ts";
import { writeFileAtomic } from "../files/atomic.ts";
import type { Chart } from "./chart.ts";
import { Figure } from "./figure.ts";
import type { FigureData } from "./figure_data.ts";

/** What came of drawing. */
export interface Figures {
  /** In the order of the list of charts. */
  readonly figures: readonly Figure[];
  /** Charts that would have been empty. */
  readonly leftOut: readonly Chart[];
  /** Figures that could not be drawn, each with a line that says why: one costs none of the others. */
  readonly failed: readonly FailedFigure[];
}

/** A figure that could not be drawn. */
export interface FailedFigure {
  /** Of the chart. */
  readonly name: string;
  /** What went wrong, in one line. */
  readonly why: string;
}

/**
 * Draws every chart that the data is enough for.
 *
 * @param names The charts to draw; default all.
 * @throws {WorkError} If the plotting library cannot be had.
 *
 * @example The figures of a run
 * ```ts ignore
 * import { drawFigures, RunDirectory, runFigureData } from "../../mod.ts";
 * import { runCharts } from "../faces/figures.ts";
 *
 * const data = await runFigureData(new RunDirectory("runs/demo"));
 * for (const { name, svg } of (await drawFigures(data, runCharts())).figures) {
 *   await Deno.writeTextFile(`${name}.svg`, svg);
 * }
 * ```
 */
export async function drawFigures(
  data: FigureData,
  names?: readonly string[],
): Promise<Figures> {
  // Loaded here: most programs that import the library draw nothing.
  const [{ charts }, { renderSvg }] = await Promise.all([
    import("./charts.ts"),
    import("./render_svg.ts"),
  ]);
  const figures: Figure[] = [];
  const leftOut: Chart[] = [];
  const failed: FailedFigure[] = [];
  const meant = ({ name, onlyTested = false }: Chart) =>
    (names === undefined || names.includes(name)) && (!onlyTested || data.isTested);
  for (const chart of charts.filter(meant)) {
    const { name } = chart;
    try {
      const drawing = chart.draw(data);
      if (drawing === undefined) {
        leftOut.push(chart);
        continue;
      }
      const { title, caption } = drawing;
      const svg = await renderSvg(drawing, data.subject, name);
      figures.push(new Figure({ name, title, caption, svg }));
    } catch (error) {
      // Without the library there are no figures at all.
      if (error instanceof WorkError) throw error;
      failed.push({ name, why: firstLine(error) });
    }
  }
  return { figures, leftOut, failed };
}

/**
 * Writes figures as SVG.
 *
 * @param folder Where to; it is made if it is missing.
 * @returns The paths.
 */
export async function writeSvg(folder: string, figures: readonly Figure[]): Promise<string[]> {
  const paths: string[] = [];
  for (const { name, svg } of figures) {
    const path = join(folder, `${name}.svg`);
    await writeFileAtomic(path, svg);
    paths.push(path);
  }
  return paths;
}

/**
 * Writes figures as SVG, then as PNG.
 *
 * @param folder Where to; it is made if it is missing.
 * @returns The paths.
 * @throws {WorkError} If the PNG renderer cannot be had; the SVG files are there.
 */
export async function writeFigures(folder: string, figures: readonly Figure[]): Promise<string[]> {
  const paths = await writeSvg(folder, figures);
  const { renderPng } = await import("./render_png.ts");
  for (const { name, svg } of figures) {
    const path = join(folder, `${name}.png`);
    let png: Uint8Array;
    try {
      png = await renderPng(svg);
    } catch (error) {
      // Without the renderer there are none at all; a figure that it does not take is there as SVG.
      if (error instanceof WorkError) throw error;
      continue;
    }
    await writeFileAtomic(path, png);
    paths.push(path);
  }
  return paths;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0];
}
