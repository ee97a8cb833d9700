/**
 * How well codes stand for weights.
 *
 * @module
 */
import { extent } from "../extent.ts";
import type { Chart } from "../chart.ts";
import type { FigureData, LayerError, Series } from "../figure_data.ts";
import { layerPlace } from "../layer_name.ts";
import { curveScales, scalesOfOnly, type SeriesScales, seriesScales } from "../palette.ts";
import { legend, linearScale, logScale } from "../parts.ts";
import { meanOf } from "../mean_and_deviation.ts";

/** A dot: one number of one kind of layer. */
interface Dot {
  readonly kind: string;
  /** A series or, of a single run, a block. */
  readonly group: string;
  readonly relativeMse: number;
  readonly cosine: number;
  readonly sqnr: number;
}

const PANELS = [
  { field: "relativeMse", title: "Relative squared error", format: "~r" },
  { field: "cosine", title: "Cosine", format: "~r" },
  { field: "sqnr", title: "SQNR (dB)", format: "~r" },
] as const;

/** More blocks than this are not distinguished. */
const MOST_BLOCKS = 6;

/** Relative squared error, cosine and signal-to-noise ratio of every kind of layer. */
export const layerError: Chart = {
  name: "layer-error",
  compares: false,
  needs: "model.safetensors of a quantized run",
  draw(data) {
    const { dots, scales, grouped } = dotsOf(data);
    if (dots.length === 0) return undefined;
    const kinds = [...new Set(dots.map(({ kind }) => kind))];
    const look = { field: "group", type: "nominal", legend: legend() };
    const color = { ...look, scale: scales.color };
    const shape = { ...look, scale: scales.shape };
    const worst = dots.reduce((a, b) => b.sqnr < a.sqnr ? b : a);
    return {
      title: "Quantization error by layer",
      caption: `The quantized weights beside the latent ones, ${grouped}; ${worst.kind} is ` +
        `represented worst${worst.group === "" ? "" : `, at ${worst.group}`}, with an SQNR of ` +
        `${worst.sqnr.toFixed(1)} dB.`,
      specification: {
        data: { values: dots },
        spacing: 28,
        hconcat: PANELS.map(({ field, title, format }, index) => {
          const values = dots.map((dot) => dot[field]);
          const logarithmic = field === "relativeMse" && extent(values)[1] > 10 * extent(values)[0]
            ? logScale(values)
            : undefined;
          return {
            width: 190,
            height: { step: 34 },
            mark: { type: "point", filled: true, size: 75, opacity: 0.95 },
            encoding: {
              y: {
                field: "kind",
                type: "nominal",
                sort: kinds,
                title: null,
                axis: { grid: true, labels: index === 0 },
              },
              x: {
                field,
                type: "quantitative",
                title,
                scale: logarithmic?.scale ?? linearScale(values),
                axis: {
                  grid: true,
                  format,
                  tickCount: 4,
                  ...(logarithmic && { values: logarithmic.ticks }),
                },
              },
              color,
              shape,
            },
          };
        }),
      },
    };
  },
};

function dotsOf({ series }: FigureData): {
  readonly dots: readonly Dot[];
  readonly scales: SeriesScales;
  readonly grouped: string;
} {
  const quantized = series.filter(({ runs }) => runs.some(({ weights }) => weights !== undefined));
  if (quantized.length !== 1) {
    return {
      dots: quantized.flatMap((one) => averaged(errorsOf(one), () => one.label)),
      scales: scalesOfOnly(new Set(quantized.map(({ label }) => label)), seriesScales(series)),
      grouped: "means over blocks and seeds",
    };
  }
  const errors = errorsOf(quantized[0]);
  const blocks = [...new Set(errors.map(({ layer }) => layerPlace(layer).block))];
  const areTold = blocks.length > 1 && blocks.length <= MOST_BLOCKS;
  const groupOf = (layer: string) => areTold ? `block ${layerPlace(layer).block + 1}` : "";
  const groups = [...new Set(errors.map(({ layer }) => groupOf(layer)))];
  return {
    dots: averaged(errors, groupOf),
    scales: curveScales(groups),
    grouped: areTold ? "block by block" : "means over the blocks",
  };
}

function errorsOf({ runs }: Series): LayerError[] {
  return runs.flatMap(({ weights }) => weights?.errors ?? []);
}

/** Means over all errors of one kind of layer and one group. */
function averaged(errors: readonly LayerError[], groupOf: (layer: string) => string): Dot[] {
  const dots = new Map<string, LayerError[]>();
  for (const error of errors) {
    const key = JSON.stringify([layerPlace(error.layer).kind, groupOf(error.layer)]);
    dots.set(key, [...dots.get(key) ?? [], error]);
  }
  return [...dots].map(([key, same]) => {
    const [kind, group] = JSON.parse(key);
    const mean = (field: "relativeMse" | "cosine" | "sqnr") =>
      meanOf(same.map((error) => error[field]));
    return {
      kind,
      group,
      relativeMse: mean("relativeMse"),
      cosine: mean("cosine"),
      sqnr: mean("sqnr"),
    };
  });
}
