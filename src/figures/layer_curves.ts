/**
 * What happens to the layers of a model while it is trained, as curves.
 *
 * @module
 */
import type { FigureData, FigureRun, LayerStep, StepValue } from "./figure_data.ts";
import { layerPlace } from "./layer_name.ts";
import { curveScales, type SeriesScales, seriesScales } from "./palette.ts";
import { meanOf } from "./mean_and_deviation.ts";
import { seedSpread, type SpreadPoint } from "./seed_spread.ts";

/** Curves and their looks. */
export interface LayerCurves {
  readonly points: readonly SpreadPoint[];
  readonly scales: SeriesScales;
  /** What a curve is the mean of. */
  readonly averaged: string;
}

/**
 * One curve per series, over all its layers, or of a single run one per kind of layer.
 *
 * @param valueOf What is drawn of a layer at a step.
 */
export function layerCurves(
  { series }: FigureData,
  valueOf: (layer: LayerStep) => number | undefined,
): LayerCurves | undefined {
  const [first] = series;
  const isSingle = series.length === 1 && first.runs.length === 1;
  const kinds = isSingle
    ? [...new Set(first.runs[0].layers.map(({ layer }) => layerPlace(layer).kind))]
    : [];
  const points = isSingle
    ? kinds.flatMap((kind) =>
      seedSpread(
        { ...first, label: kind },
        (run) => meanCurve(run, valueOf, (layer) => layerPlace(layer).kind === kind),
      )
    )
    : series.flatMap((one) => seedSpread(one, (run) => meanCurve(run, valueOf)));
  if (points.length === 0) return undefined;
  return {
    points,
    scales: isSingle ? curveScales(kinds) : seriesScales(series),
    averaged: isSingle ? "the blocks" : "the layers",
  };
}

function meanCurve(
  { layers }: FigureRun,
  valueOf: (layer: LayerStep) => number | undefined,
  isMeant: (layer: string) => boolean = () => true,
): StepValue[] {
  const values = new Map<number, number[]>();
  for (const layer of layers) {
    const value = valueOf(layer);
    if (value === undefined || !isMeant(layer.layer)) continue;
    values.set(layer.step, [...values.get(layer.step) ?? [], value]);
  }
  return [...values].map(([step, all]) => ({ step, value: meanOf(all) }));
}
