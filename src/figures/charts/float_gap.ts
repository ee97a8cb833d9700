/**
 * Float versus quantized.
 *
 * @module
 */
import type { Chart } from "../chart.ts";
import { finalLosses, rankedByBits } from "../final_losses.ts";
import { INK, MUTED, seriesScales } from "../palette.ts";
import { errorBars, seedDots } from "../parts.ts";
import { deviationOf, meanOf } from "../mean_and_deviation.ts";

/** How much higher each width ends than float, seed by seed. */
export const floatGap: Chart = {
  name: "float-gap",
  compares: true,
  needs: "a float run (32 bits) and a quantized one",
  draw({ series, token }) {
    const losses = finalLosses(series);
    const bitsOf = new Map(series.map(({ label, bits }) => [label, bits]));
    const floats = losses.filter((loss) => bitsOf.get(loss.series) === 32);
    const quantized = losses.filter((loss) => bitsOf.get(loss.series) !== 32);
    if (floats.length === 0 || quantized.length === 0) return undefined;
    const float = floats.reduce((a, b) => b.mean < a.mean ? b : a);

    const gaps = quantized.map((loss) => {
      // The same seed has the same batches: its difference tells more than that of the means.
      const paired = [...loss.seeds].filter(([seed]) => float.seeds.has(seed))
        .map(([seed, value]): [number, number] => [seed, value - float.seeds.get(seed)!]);
      const seeds = new Map(paired);
      const values = [...seeds.values()];
      return {
        series: loss.series,
        seeds,
        mean: values.length > 0 ? meanOf(values) : loss.mean - float.mean,
        deviation: deviationOf(values),
      };
    });
    const shown = rankedByBits(series).filter(({ label }) => gaps.some((g) => g.series === label));
    const color = {
      field: "series",
      type: "nominal",
      scale: seriesScales(series).color,
      legend: null,
    };
    const y = {
      field: "series",
      type: "nominal",
      sort: shown.map(({ label }) => label),
      title: null,
      axis: { grid: true, labelLimit: 260 },
    };
    const x = {
      type: "quantitative",
      title: `Loss above float (nats per ${token})`,
      scale: { zero: true, nice: true },
      axis: { grid: true, tickCount: 6 },
    };
    const largest = gaps.reduce((a, b) => b.mean > a.mean ? b : a);
    return {
      title: "What quantization costs",
      caption: `Last validation loss less that of float with the same seed; the largest gap is ` +
        `${largest.mean.toFixed(3)} nats per ${token}, at ${largest.series}` +
        (gaps.some(({ deviation }) => deviation !== undefined)
          ? "; bars are one standard deviation over the seeds."
          : "."),
      specification: {
        width: 500,
        height: { step: 38 },
        layer: [
          {
            data: { values: [{ zero: 0 }] },
            mark: { type: "rule", color: INK, strokeWidth: 1.2 },
            encoding: { x: { ...x, field: "zero" } },
          },
          ...seedDots(gaps, { x: { ...x, field: "seed" }, y, color }),
          ...errorBars(gaps, { x, y, color }),
          {
            data: { values: gaps.map(({ series, mean }) => ({ series, mean })) },
            mark: { type: "point", filled: true, size: 110, opacity: 1 },
            encoding: { x: { ...x, field: "mean" }, y, color },
          },
          {
            data: { values: gaps.map(({ series, mean }) => ({ series, mean })) },
            mark: { type: "text", dy: -13, color: MUTED },
            encoding: {
              x: { ...x, field: "mean" },
              y,
              text: { field: "mean", type: "quantitative", format: "+.3f" },
            },
          },
        ],
      },
    };
  },
};
