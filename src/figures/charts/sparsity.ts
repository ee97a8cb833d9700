/**
 * Zeros while training.
 *
 * @module
 */
import type { Chart } from "../chart.ts";
import { layerCurves } from "../layer_curves.ts";
import { curves } from "../parts.ts";

/** Share of quantized weights whose code is 0. */
export const sparsity: Chart = {
  name: "sparsity",
  compares: false,
  needs: "lines with the sparsity of layers in metrics.jsonl, of weights that can be 0",
  draw(data) {
    const found = layerCurves(data, (layer) => layer.sparsity);
    if (found === undefined) return undefined;
    const { points, scales, averaged } = found;
    // Of one bit there are no zeros to show.
    const named = new Set(points.filter(({ high }) => high > 0).map(({ series }) => series));
    const shown = points.filter(({ series }) => named.has(series));
    if (shown.length === 0) return undefined;
    return {
      title: "Sparsity while training",
      caption: `Share of weights that are exactly zero once quantized; means over ${averaged}.`,
      specification: curves(shown, scales, {
        title: "Weights with code 0",
        width: 560,
        hasPoints: new Set(shown.map(({ step }) => step)).size <= 25,
        hasBand: false,
        format: ".0%",
      }),
    };
  },
};
