/**
 * What each width ends with.
 *
 * @module
 */
import type { Chart } from "../chart.ts";
import { finalLosses, rankedByBits } from "../final_losses.ts";
import { seriesScales } from "../palette.ts";
import { errorBars, linearScale, seedDots } from "../parts.ts";

/** Last validation loss against the bits per weight, with the spread of the seeds. */
export const finalLoss: Chart = {
  name: "final-loss",
  compares: true,
  needs: "finished runs with a validation loss",
  draw(data) {
    const losses = finalLosses(data.series);
    if (losses.length === 0) return undefined;
    const series = rankedByBits(data.series);
    const haveSeeds = losses.some(({ deviation }) => deviation !== undefined);
    const haveWidths = new Set(series.map(({ bits }) => bits)).size > 1;
    const best = losses.reduce((a, b) => b.mean < a.mean ? b : a);
    const scales = seriesScales(series);
    const x = {
      field: "series",
      type: "nominal",
      sort: series.map(({ label }) => label),
      title: haveWidths ? "Weights" : null,
      axis: { labelAngle: series.some(({ label }) => label.length > 12) ? -25 : 0 },
    };
    const y = {
      type: "quantitative",
      scale: linearScale(losses.flatMap(({ mean, deviation = 0, seeds }) => [
        ...[mean - deviation, mean + deviation],
        ...seeds.values(),
      ])),
      title: `Last validation loss (nats per ${data.token})`,
    };
    const color = { field: "series", type: "nominal", scale: scales.color, legend: null };
    const shape = { field: "series", type: "nominal", scale: scales.shape, legend: null };
    return {
      title: haveWidths ? "Final loss by bits per weight" : "Final loss",
      caption: `${best.series} ends lowest, at ${best.mean.toFixed(3)} nats per ${data.token}` +
        (haveSeeds
          ? "; bars are one standard deviation over the seeds, small dots the seeds."
          : "."),
      specification: {
        width: { step: Math.max(64, Math.min(110, 560 / series.length)) },
        height: 320,
        layer: [
          ...seedDots(losses, { x, y: { ...y, field: "seed" }, color }),
          ...errorBars(losses, { x, y, color }),
          {
            data: { values: losses.map(({ seeds: _, ...values }) => values) },
            mark: { type: "point", filled: true, size: 110, opacity: 1 },
            encoding: { x, y: { ...y, field: "mean" }, color, shape },
          },
          {
            data: { values: losses.map(({ series, mean }) => ({ series, mean })) },
            mark: { type: "text", align: "left", dx: 9 },
            encoding: {
              x,
              y: { ...y, field: "mean" },
              text: { field: "mean", type: "quantitative", format: ".3f" },
            },
          },
        ],
      },
    };
  },
};
