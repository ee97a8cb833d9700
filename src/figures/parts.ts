/**
 * Parts of Vega-Lite specifications that charts share.
 *
 * @module
 */
import { extent } from "./extent.ts";
import type { Specification } from "./chart.ts";
import { scalesOfOnly, type SeriesScales } from "./palette.ts";
import type { SpreadPoint } from "./seed_spread.ts";

/** Steps along x: whole numbers from zero. */
export const STEP_AXIS: Specification = {
  title: "Step",
  scale: { zero: true, nice: false },
  axis: { format: ",d", tickCount: 6, tickMinStep: 1 },
};

/** A legend that shows pieces of lines long enough for their dashes. */
const LINE_LEGEND: Specification = { title: null, symbolType: "stroke", symbolSize: 500 };

/** A legend at the right, without a title. */
export function legend(options: Specification = {}): Specification {
  return { title: null, ...options };
}

/**
 * A linear scale around some values; a single one stands in the middle.
 *
 * @param values What the axis has to show.
 */
export function linearScale(values: readonly number[]): Specification {
  const [low, high] = extent(values);
  const margin = high > low ? 0.05 * (high - low) : Math.max(0.02 * Math.abs(high), 1e-3);
  // Shares and norms are never below zero, and neither is their axis.
  const from = low >= 0 ? Math.max(0, low - margin) : low - margin;
  return { domain: [from, high + margin], nice: true, zero: false };
}

/**
 * A logarithmic scale around some values, and its ticks: 1, 2 and 5 times powers of ten, or over long ranges
 * the powers alone.
 *
 * @param values What the axis has to show, all above 0.
 */
export function logScale(
  values: readonly number[],
): { readonly scale: Specification; readonly ticks: readonly number[] } {
  const [least, most] = extent(values);
  const margin = most > least ? (most / least) ** 0.08 : 2;
  const [low, high] = [least / margin, most * margin];
  return { scale: { type: "log", domain: [low, high], nice: false }, ticks: logTicks(low, high) };
}

/** Powers of ten, with their doubles and fives where there is room, else round numbers evenly spaced. */
function logTicks(low: number, high: number): number[] {
  const first = Math.floor(Math.log10(low));
  const powers = Array.from(
    { length: Math.ceil(Math.log10(high)) - first + 1 },
    (_, i) => 10 ** (first + i),
  );
  const within = (ticks: readonly number[]) => ticks.filter((tick) => tick >= low && tick <= high);
  const tens = within(powers);
  if (tens.length >= 4) return tens;
  const fives = within(powers.flatMap((power) => [power, 2 * power, 5 * power]));
  if (fives.length >= 3) return fives;
  const rough = (high - low) / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough)!;
  const count = Math.floor(high / step);
  return within(Array.from({ length: count }, (_, i) => Number(((i + 1) * step).toPrecision(12))));
}

/** How curves are drawn. */
export interface CurveOptions {
  /** Title of the y axis. */
  readonly title: string;
  /** Width of the panel. */
  readonly width: number;
  /** Whether each point has a mark. */
  readonly hasPoints: boolean;
  /** Whether a band reaches from the smallest to the largest seed. */
  readonly hasBand: boolean;
  /** Whether the y scale is logarithmic. */
  readonly isLogarithmic?: boolean;
  /** Format of the numbers on the y axis. */
  readonly format?: string;
  /** First step shown; default 0. */
  readonly firstStep?: number;
}

/** One line per series. */
export function curves(
  values: readonly SpreadPoint[],
  allScales: SeriesScales,
  options: CurveOptions,
): Specification {
  const scales = scalesOfOnly(new Set(values.map(({ series }) => series)), allScales);
  const { title, width, hasPoints, hasBand, isLogarithmic, format, firstStep = 0 } = options;
  const look = { field: "series", type: "nominal" };
  // Under another name, because channels of one field have one legend or none.
  const unseen = { ...look, field: "curve", legend: null };
  const shown = { ...look, legend: legend() };
  // With marks the legend shows them, else it shows lines with their dashes.
  const lineLook = hasPoints ? unseen : { ...look, legend: LINE_LEGEND };
  const heights = values.flatMap(({ mean, low, high }) => hasBand ? [low, high] : [mean]);
  const logarithmic = isLogarithmic ? logScale(heights) : undefined;
  const y = {
    type: "quantitative",
    title,
    scale: logarithmic?.scale ?? linearScale(heights),
    axis: {
      ...(logarithmic && { values: logarithmic.ticks }),
      ...(format !== undefined && { format }),
    },
  };
  const mean = { ...y, field: "mean" };
  const steps = [firstStep, extent(values.map(({ step }) => step))[1]];
  const x = { field: "step", type: "quantitative", ...STEP_AXIS };
  return {
    width,
    height: 320,
    data: { values: values.map((point) => ({ ...point, curve: point.series })) },
    encoding: { x: { ...x, scale: { domain: steps, nice: false } } },
    layer: [
      ...hasBand
        ? scales.color.domain.map((series, i) => band(series, scales.color.range[i], y))
        : [],
      {
        mark: { type: "line" },
        encoding: {
          y: mean,
          stroke: { ...lineLook, scale: scales.color },
          strokeDash: { ...lineLook, scale: scales.dash },
        },
      },
      ...hasPoints
        ? [{
          mark: { type: "point", filled: true, size: 50, opacity: 1 },
          encoding: {
            y: mean,
            fill: { ...shown, scale: scales.color },
            shape: { ...shown, scale: scales.shape },
          },
        }]
        : [],
    ],
  };
}

/** An area from the smallest to the largest seed of a series. Its color is fixed, for a legend's sake. */
function band(series: string, color: string, y: Specification): Specification {
  return {
    transform: [{ filter: { field: "series", equal: series } }],
    mark: { type: "area", opacity: 0.15, color },
    encoding: { y: { ...y, field: "low" }, y2: { field: "high" } },
  };
}

/** A mean, its deviation, and the values it is made of. */
export interface Spread {
  readonly series: string;
  readonly seeds?: ReadonlyMap<number, number>;
  readonly mean: number;
  readonly deviation: number | undefined;
}

/** Channels of Vega-Lite; the one without a field is the one that is measured. */
interface Channels {
  readonly x: Specification;
  readonly y: Specification;
  readonly color: Specification;
}

/** A bar from one standard deviation below the mean to one above, where there is a deviation. */
export function errorBars(spreads: readonly Spread[], { x, y, color }: Channels): Specification[] {
  const values = spreads.filter(({ deviation }) => deviation !== undefined)
    .map(({ seeds: _, ...spread }) => ({
      ...spread,
      low: spread.mean - spread.deviation!,
      high: spread.mean + spread.deviation!,
    }));
  if (values.length === 0) return [];
  const across = x.field === undefined
    ? { x: { ...x, field: "low" }, x2: { field: "high" }, y }
    : { x, y: { ...y, field: "low" }, y2: { field: "high" } };
  return [{
    data: { values },
    mark: { type: "rule", strokeWidth: 2 },
    encoding: { ...across, color },
  }];
}

/** A small dot per seed, in the channel whose field is `seed`, where there are several. */
export function seedDots(spreads: readonly Spread[], channels: Channels): Specification[] {
  const values = spreads.filter(({ seeds }) => (seeds?.size ?? 0) > 1)
    .flatMap(({ series, seeds }) => [...seeds!.values()].map((seed) => ({ series, seed })));
  if (values.length === 0) return [];
  return [{
    data: { values },
    mark: { type: "point", filled: true, size: 22, opacity: 0.45 },
    encoding: channels,
  }];
}
