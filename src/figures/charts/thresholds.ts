/**
 * Thresholds and step sizes while training.
 *
 * @module
 */
import { extent } from "../extent.ts";
import type { Chart } from "../chart.ts";
import { layerCurves } from "../layer_curves.ts";
import { curves } from "../parts.ts";

/** Where weights become zero or, of schemes that have no such place, what one unit of a code stands for. */
export const thresholds: Chart = {
  name: "thresholds",
  compares: false,
  needs: "lines with thresholds or scales of layers in metrics.jsonl",
  draw(data) {
    const found = layerCurves(data, ({ threshold }) => threshold);
    const curve = found ?? layerCurves(data, ({ scale }) => scale);
    if (curve === undefined) return undefined;
    const { points, scales, averaged } = curve;
    return {
      title: found ? "Thresholds while training" : "Step sizes while training",
      caption:
        (found
          ? "Weights up to the threshold τ times the mean |w| of their row become zero"
          : "What one unit of a code stands for") + `; means over ${averaged}.`,
      specification: curves(points, scales, {
        title: found ? "Threshold τ (mean |w| of the row = 1)" : "Step size (weight per code)",
        width: 560,
        hasPoints: new Set(points.map(({ step }) => step)).size <= 25,
        hasBand: false,
        isLogarithmic: points.every(({ low }) => low > 0) && spans(points),
      }),
    };
  },
};

/** Whether values differ so much that a linear axis would hide the smaller ones. */
function spans(points: readonly { readonly mean: number }[]): boolean {
  const means = points.map(({ mean }) => mean);
  const [low, high] = extent(means);
  return high > 10 * low;
}
