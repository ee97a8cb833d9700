/**
 * Quality against packed size, with the models that nothing smaller beats.
 *
 * @module
 */
import type { Specification } from "./chart.ts";
import type { Series } from "./figure_data.ts";
import type { FinalValue } from "./final_losses.ts";
import { MUTED, seriesScales } from "./palette.ts";
import { errorBars, legend, linearScale, logScale } from "./parts.ts";

/** What is good. */
export interface Quality {
  /** Title of the axis. */
  readonly title: string;
  /** Whether less of it is better. */
  readonly isLoss: boolean;
  /** Format of the numbers on the axis. */
  readonly format?: string;
}

/** A drawing without its title. */
export interface SizeFront {
  /** The models that nothing smaller beats, the smallest first. */
  readonly front: readonly string[];
  /** How it is drawn. */
  readonly specification: Specification;
}

/**
 * Draws values of series against the bytes of their packed models.
 *
 * @returns Undefined if no size is known.
 */
export function sizeFront(
  series: readonly Series[],
  values: readonly FinalValue[],
  quality: Quality,
): SizeFront | undefined {
  const points = values.flatMap(({ series: label, mean, deviation }) => {
    const { packedBytes } = series.find((one) => one.label === label)!.runs[0];
    return packedBytes === undefined
      ? []
      : [{ series: label, kilobytes: packedBytes / 1000, mean, deviation }];
  });
  if (points.length === 0) return undefined;
  const front = points
    .filter((point) => !points.some((other) => dominates(other, point, quality.isLoss)))
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
    title: quality.title,
    scale: linearScale(points.flatMap(({ mean, deviation = 0 }) => [
      ...[mean - deviation, mean + deviation],
    ])),
    ...(quality.format !== undefined && { axis: { format: quality.format } }),
  };
  const mean = { ...y, field: "mean" };
  return {
    front: front.map(({ series }) => series),
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
          encoding: { x, y: mean, color, shape: { ...look, scale: scales.shape } },
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
}

interface SizedValue {
  readonly kilobytes: number;
  readonly mean: number;
}

/** Whether `a` is as small and as good as `b`, and better in one. */
function dominates(a: SizedValue, b: SizedValue, isLoss: boolean): boolean {
  const gain = isLoss ? b.mean - a.mean : a.mean - b.mean;
  return a.kilobytes <= b.kilobytes && gain >= 0 && (a.kilobytes < b.kilobytes || gain > 0);
}

/** Words as a list. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
