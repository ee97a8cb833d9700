/**
 * Colors, dashes and shapes that tell series apart, also without color.
 *
 * @module
 */
import type { Series } from "./figure_data.ts";

/** Text, axes and the float reference. */
export const INK = "#1f2328";
/** Secondary text. */
export const MUTED = "#59636e";
/** Lines that guide the eye. */
export const GRID = "#d8dee4";
/** What is drawn upon. */
export const PAPER = "#ffffff";

/** What those colors are on a dark background. The others are readable on both. */
export const DARK: Readonly<Record<string, string>> = {
  [INK]: "#e6edf3",
  [MUTED]: "#9aa4ae",
  [GRID]: "#343b44",
  [PAPER]: "#0d1117",
};

/**
 * Without yellow, which paper swallows.
 *
 * @see Okabe and Ito, "Color Universal Design", 2008
 */
const OKABE_ITO = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"] as const;
const [BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY] = OKABE_ITO;

/** The fewer bits, the warmer; each width has its color in every figure. */
const COLOR_OF_BITS: ReadonlyMap<number, string> = new Map([
  [32, INK],
  [8, BLUE],
  [4, SKY],
  [3, GREEN],
  [2, ORANGE],
  [1.58, VERMILION],
  [1, PURPLE],
]);

const DASHES: readonly (readonly number[])[] = [
  [1, 0],
  [8, 3],
  [2, 2],
  [8, 3, 2, 3],
  [4, 4],
  [12, 3],
  [6, 2, 2, 2, 2, 2],
];

const SHAPES = [
  ...["circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-left"],
];

/** Scales of Vega-Lite that give each series its look, by its label. */
export interface SeriesScales {
  readonly color: Scale<string>;
  readonly dash: Scale<readonly number[]>;
  readonly shape: Scale<string>;
}

interface Scale<T> {
  readonly domain: readonly string[];
  readonly range: readonly T[];
}

/** The looks of some series: a color per width where widths differ, and no two with the same dashes. */
export function seriesScales(series: readonly Series[]): SeriesScales {
  const domain = series.map(({ label }) => label);
  const areWidths = new Set(series.map(({ bits }) => bits)).size > 1 || series.length === 1;
  const colors = series.map(({ bits }, index) =>
    (areWidths ? COLOR_OF_BITS.get(bits) : undefined) ?? OKABE_ITO[index % OKABE_ITO.length]
  );
  return scalesOf(domain, colors);
}

/** The looks of curves that are no series, such as one per kind of layer. */
export function curveScales(labels: readonly string[]): SeriesScales {
  const colors = [...OKABE_ITO, INK];
  return scalesOf(labels, labels.map((_, index) => colors[index % colors.length]));
}

/** The looks of some curves among others: each looks the same in every figure. */
export function scalesOfOnly(
  labels: ReadonlySet<string>,
  { color, dash, shape }: SeriesScales,
): SeriesScales {
  const domain = color.domain.filter((label) => labels.has(label));
  const only = <T>(range: readonly T[]) => ({
    domain,
    range: domain.map((label) => range[color.domain.indexOf(label)]),
  });
  return { color: only(color.range), dash: only(dash.range), shape: only(shape.range) };
}

function scalesOf(domain: readonly string[], colors: readonly string[]): SeriesScales {
  return {
    color: { domain, range: colors },
    dash: { domain, range: domain.map((_, index) => DASHES[index % DASHES.length]) },
    shape: { domain, range: domain.map((_, index) => SHAPES[index % SHAPES.length]) },
  };
}
