/**
 * The loss curve that every run gets at its end.
 *
 * @module
 */
import { drawFigures, writeSvg } from "../figures/draw.ts";
import { renderPng } from "../figures/render_png.ts";
import { runFigureData } from "./figure_data.ts";
import type { RunDirectory } from "../train/run_directory.ts";
import type { RunEvents } from "../train/run_events.ts";

/** How long a run waits for the plotting packages, which are downloaded the first time. */
const PATIENCE_MS = 60_000;

/** Enough for TensorBoard, and drawn in a quarter of the time that print takes. */
const SCREEN_ZOOM = 1;

/**
 * Draws the loss of a run into its `figures/` and its TensorBoard events.
 *
 * @param events Undefined where there are none.
 * @returns Why there is none, in one line; undefined if all went well. A run is good without it, so nothing
 *   is thrown.
 */
export async function drawLoss(
  directory: RunDirectory,
  events: RunEvents | undefined,
): Promise<string | undefined> {
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(
    () => late.resolve(`after ${PATIENCE_MS / 1000} seconds the packages for it are not there`),
    PATIENCE_MS,
  );
  const drawn = draw(directory, events).catch((error) =>
    error instanceof Error ? error.message : String(error)
  );
  const problem = await Promise.race([drawn, late.promise]);
  clearTimeout(timer);
  return problem && `No loss curve: ${problem}; the command figures draws it later`;
}

async function draw(directory: RunDirectory, events: RunEvents | undefined): Promise<undefined> {
  const { figures } = await drawFigures(await runFigureData(directory), ["loss"]);
  await writeSvg(directory.figuresPath, figures);
  const step = (await directory.metrics()).at(-1)?.step ?? 0;
  for (const { name, svg } of figures) {
    await events?.figure(step, name, await renderPng(svg, SCREEN_ZOOM));
  }
}
