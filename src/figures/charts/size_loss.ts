/**
 * Size against quality.
 *
 * @module
 */
import type { Chart } from "../chart.ts";
import { finalLosses } from "../final_losses.ts";
import { MUTED, seriesScales } from "../palette.ts";
import { errorBars, legend, linearScale, logScale } from "../parts.ts";

/** Bytes of the packed model against its loss, with the models that nothing smaller beats. */
export const sizeLoss: Chart = {
  name: "size-loss",
  compares: true,
  needs: "finished runs with a validation loss",
  draw({ series, token }) {
    const points = finalLosses(series).flatMap(({ series: label, mean, deviation }) => {
      const { packedBytes } = series.find((one) => one.label === label)!.runs[0];
      return packedBytes === undefined
        ? []
        : [{ series: label, kilobytes: packedBytes / 1000, mean, deviation }];
    });
    if (points.length === 0) return undefined;
    const front = points
      .filter((point) => !points.some((other) => dominates(other, point)))
      .sort((a, b) => a.kilobytes - b.kilobytes);
    const scales = seriesScales(series);
    // Names of models of nearly one size would stand on each other.
    const sizes = points.map(({ kilobytes }) => kilobytes).sort((a, b) => a - b);
    const areApart = sizes.slice(1).every((size, i) => size > 1.15 * sizes[i]);
    const look = { field: "series", type: "nominal", legend: areApart ? null : legend() };
    const color = { ...look, scale: scales.color };
    const { scale, ticks } = logScale(points.map(({ kilobytes }) => kilobytes));
    const x = {
      field: "kilobytes",
      type: "quantitative",
      title: "Packed model (kB)",
      scale,
      axis: { grid: true, format: ",~r", values: ticks },
    };
    const y = {
      type: "quantitative",
      title: `Last validation loss (nats per ${token})`,
      scale: linearScale(points.flatMap(({ mean, deviation = 0 }) => [
        ...[mean - deviation, mean + deviation],
      ])),
    };
    const mean = { ...y, field: "mean" };
    return {
      title: "Loss against packed size",
      caption: `On the dashed line, the Pareto front, is what no smaller model beats: ${
        listed(front.map(({ series }) => series))
      }; codes count at their packed width, all else as float32.`,
      specification: {
        width: 560,
        height: 340,
        layer: [
          {
            data: { values: front },
            mark: { type: "line", strokeDash: [5, 4], strokeWidth: 1.5, color: MUTED },
            encoding: { x, y: mean, order: { field: "kilobytes", type: "quantitative" } },
          },
          ...errorBars(points, { x, y, color }),
          {
            data: { values: points },
            mark: { type: "point", filled: true, size: 110, opacity: 1 },
            encoding: {
              x,
              y: mean,
              color,
              shape: { ...look, scale: scales.shape },
            },
          },
          ...areApart
            ? [{
              data: { values: points },
              mark: { type: "text", align: "left", dx: 10, dy: -10 },
              encoding: { x, y: mean, text: { field: "series" } },
            }]
            : [],
        ],
      },
    };
  },
};

interface SizedLoss {
  readonly kilobytes: number;
  readonly mean: number;
}

/** Whether `a` is as small and as good as `b`, and better in one. */
function dominates(a: SizedLoss, b: SizedLoss): boolean {
  return a.kilobytes <= b.kilobytes && a.mean <= b.mean &&
    (a.kilobytes < b.kilobytes || a.mean < b.mean);
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
