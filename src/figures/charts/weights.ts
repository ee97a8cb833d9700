/**
 * Where the latent weights are, and which codes they become.
 *
 * @module
 */
import type { Chart, Specification } from "../chart.ts";
import type { Bin, FigureData, Series } from "../figure_data.ts";
import { rankedByBits } from "../final_losses.ts";
import { seriesScales } from "../palette.ts";
import { meanOf } from "../mean_and_deviation.ts";

/** More values than this are drawn without gaps between the bars. */
const MOST_APART = 40;

/** Up to so many values each have their number on the axis. */
const MOST_TICKS = 7;

/** Histogram of the latent weights in units of the step of their group. */
export const weightHistogram: Chart = {
  name: "weights",
  compares: false,
  needs: "model.safetensors of a quantized run",
  draw(data) {
    return histograms(data, (run) => run.weights?.weights, {
      title: "Latent weights",
      caption:
        "All quantized weights before rounding, in units of the step of their group, so that " +
        "code k stands at k; the outermost bins hold all that is further out.",
      axis: "Weight / step",
    });
  },
};

/** Histogram of the codes. */
export const codeHistogram: Chart = {
  name: "codes",
  compares: false,
  needs: "model.safetensors of a quantized run",
  draw(data) {
    return histograms(data, (run) => run.weights?.codes, {
      title: "Codes in use",
      caption:
        "Share of all quantized weights that each code stands for; a code that is hardly used " +
        "is a waste of bits.",
      axis: "Code",
    });
  },
};

interface HistogramText {
  readonly title: string;
  readonly caption: string;
  readonly axis: string;
}

/** One panel per series, fewest bits first. */
function histograms(
  data: FigureData,
  binsOf: (run: Series["runs"][number]) => readonly Bin[] | undefined,
  { title, caption, axis }: HistogramText,
) {
  const { color: palette } = seriesScales(data.series);
  const shown = rankedByBits(data.series)
    .map((one) => ({ one, bins: meanBins(one.runs.map((run) => binsOf(run) ?? [])) }))
    .filter(({ bins }) => bins.length > 0);
  const panels = shown.map(({ one, bins }) => {
    const color = palette.range[palette.domain.indexOf(one.label)];
    return panel(one, bins, { axis, color, isAlone: shown.length === 1 });
  });
  if (panels.length === 0) return undefined;
  const columns = Math.min(3, panels.length);
  return { title, caption, specification: { concat: panels, columns, spacing: 26 } };
}

function panel(
  { label }: Series,
  bins: readonly Bin[],
  { axis, color, isAlone }: { axis: string; color: string; isAlone: boolean },
): Specification {
  const areValues = bins.every(({ from, to }) => from === to);
  // A value on its own is a bar of a little less than the distance to the next.
  const distance = Math.min(2, ...bins.slice(1).map(({ from }, i) => from - bins[i].from));
  const half = areValues ? distance * (bins.length > MOST_APART ? 0.5 : 0.38) : 0;
  const values = bins.map(({ from, to, share }) => ({ from: from - half, to: to + half, share }));
  const ticks = areValues && bins.length <= MOST_TICKS ? bins.map(({ from }) => from) : undefined;
  return {
    ...(!isAlone && { title: { text: label, fontSize: 12.5, offset: 6, anchor: "middle" } }),
    width: isAlone ? 440 : 200,
    height: isAlone ? 240 : 120,
    data: { values },
    mark: { type: "rect", color: color },
    encoding: {
      x: {
        field: "from",
        type: "quantitative",
        title: axis,
        scale: { domain: [values[0].from, values.at(-1)!.to], nice: false, zero: false },
        axis: { format: "~r", ...(ticks ? { values: ticks } : { tickCount: 5 }) },
      },
      x2: { field: "to" },
      y: {
        field: "share",
        type: "quantitative",
        title: "Share of weights",
        scale: { zero: true, nice: 4 },
        axis: { format: "~%", tickCount: 4 },
      },
      y2: { datum: 0 },
    },
  };
}

/** Means over seeds, whose bins begin at the same places. */
function meanBins(runs: readonly (readonly Bin[])[]): Bin[] {
  const all = runs.filter(({ length }) => length > 0);
  const bins = new Map<number, Bin[]>();
  for (const bin of all.flat()) bins.set(bin.from, [...bins.get(bin.from) ?? [], bin]);
  return [...bins.values()].sort(([a], [b]) => a.from - b.from).map((same) => ({
    ...same[0],
    share: meanOf(same.map(({ share }) => share)) * same.length / all.length,
  }));
}
