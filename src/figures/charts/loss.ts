/**
 * Loss while training.
 *
 * @module
 */
import { extent } from "../extent.ts";
import type { Chart, Drawing } from "../chart.ts";
import type { FigureData, Series } from "../figure_data.ts";
import { seriesScales } from "../palette.ts";
import { curves, legend, linearScale, STEP_AXIS } from "../parts.ts";
import { seedSpread } from "../seed_spread.ts";

/** From so many points on a curve has a last half worth enlarging. */
const ENLARGED_FROM = 6;

/** Validation loss of each series, and of a single run its training loss too. */
export const loss: Chart = {
  name: "loss",
  compares: false,
  needs: "lines with a loss in metrics.jsonl",
  draw(data) {
    return data.series.length === 1 ? ofOneSeries(data, data.series[0]) : ofSeveral(data);
  },
};

function ofSeveral({ series, token }: FigureData): Drawing | undefined {
  const points = series.flatMap((one) => seedSpread(one, ({ validationLoss }) => validationLoss));
  if (points.length === 0) return undefined;
  const seeds = Math.max(...series.map(({ runs }) => runs.length));
  const steps = points.map(({ step }) => step);
  const half = extent(steps)[1] / 2;
  const late = points.filter(({ step }) => step >= half);
  const hasLate = new Set(steps).size >= ENLARGED_FROM;
  const panel = (values: typeof points, title: string, width: number, firstStep: number) =>
    curves(values, seriesScales(series), {
      title,
      width,
      hasPoints: new Set(values.map(({ step }) => step)).size <= 25,
      hasBand: true,
      firstStep,
    });
  const axis = `Validation loss (nats per ${token})`;
  return {
    title: "Validation loss while training",
    caption: `Loss on text that is not trained on, over ${(half * 2).toLocaleString("en")} steps` +
      (seeds > 1
        ? "; lines are means over the seeds, bands reach from the best to the worst"
        : "") +
      (hasLate ? "; on the right the second half is enlarged." : "."),
    specification: hasLate
      ? { hconcat: [panel(points, axis, 360, 0), panel(late, "", 280, half)], spacing: 24 }
      : panel(points, axis, 560, 0),
  };
}

/** A single run, or one setting with several seeds. */
function ofOneSeries({ token }: FigureData, { runs }: Series): Drawing | undefined {
  const kinds = [
    { kind: "training, a batch", curve: "trainLoss" },
    { kind: "validation, the whole split", curve: "validationLoss" },
  ] as const;
  const values = kinds.flatMap(({ kind, curve }) =>
    runs.flatMap((run) =>
      run[curve].map(({ step, value }) => ({ kind, step, value, run: `${kind} ${run.name}` }))
    )
  );
  if (values.length === 0) return undefined;
  const isShort = values.filter(({ kind }) => kind === kinds[0].kind).length <= 10;
  const domain = kinds.map(({ kind }) => kind).filter((kind) =>
    values.some((value) => value.kind === kind)
  );
  const [training, validation] = kinds.map(({ kind }) => kind);
  const color = {
    field: "kind",
    scale: { domain: [training, validation], range: ["#56b4e9", "#d55e00"] },
    legend: legend({ values: domain }),
    type: "nominal",
    title: null,
  };
  const x = { field: "step", type: "quantitative", ...STEP_AXIS };
  const y = {
    field: "value",
    type: "quantitative",
    scale: linearScale(values.map(({ value }) => value)),
    title: `Loss (nats per ${token})`,
  };
  const detail = { field: "run" };
  return {
    title: "Loss while training",
    caption: "Loss of the batches trained on, and of the whole validation split" +
      (runs.length > 1 ? `, for each of ${runs.length} seeds.` : "."),
    specification: {
      width: 560,
      height: 320,
      data: { values },
      encoding: { x, y, color, detail },
      layer: [
        {
          transform: [{ filter: { field: "kind", equal: training } }],
          mark: {
            type: "line",
            strokeWidth: 1,
            opacity: 0.8,
            ...(isShort && { point: { size: 25, filled: true } }),
          },
        },
        {
          transform: [{ filter: { field: "kind", equal: validation } }],
          mark: { type: "line", point: { size: 45, filled: true } },
        },
      ],
    },
  };
}
