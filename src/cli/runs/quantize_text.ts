/**
 * What quantizing a run gave, as text: every model beside the float one, then every layer.
 *
 * @module
 */
import { basename } from "../../host/paths.ts";
import { renderTable } from "../../bench/table.ts";
import { familyOfDirectory } from "../../runs/families.ts";
import type { RunFamily } from "../../runs/family.ts";
import { percent } from "../../runs/metrics.ts";
import {
  type ErrorJson,
  type QualityMeasures,
  type QuantizedOutcome,
  type QuantizeOutcome,
  widthName,
} from "../../runs/quantize_outcome.ts";

/** How the weights of a model are quantized. */
function describeWeights(model: QuantizedOutcome, { widthOptions }: RunFamily): string {
  const { weight_bits, weight_scheme } = model;
  const widths = Object.keys(widthOptions).map((
    name,
  ) => [widthOptions[name].part, model[widthName(name)]]);
  return [
    `${weight_bits} bit${weight_bits === 1 ? "" : "s"}`,
    weight_scheme,
    ...widths.filter(([, width]) => width !== 32).map((words) => words.join(" ")),
  ].join(", ");
}

/** What is printed beside the loss: the metric by which models of a family are compared first. */
function measure(evaluation: QualityMeasures, { metrics: [metric] }: RunFamily): string {
  if (metric === undefined) return "";
  const value = Number(evaluation[metric.name]);
  return metric.isShare ? percent(value) : value.toFixed(metric.digits);
}

const ERROR_COLUMNS = [{ header: "relative MSE" }, { header: "cosine" }, { header: "SQNR dB" }];

const decibels = ({ sqnr_db }: ErrorJson) => sqnr_db === null ? "∞" : sqnr_db.toFixed(1);

function errorCells(error: ErrorJson): string[] {
  return [error.relative_mse.toExponential(2), error.cosine.toFixed(4), decibels(error)];
}

/** Every layer of the one model. */
function layerTable({ layers }: QuantizedOutcome): string[] {
  const rows = Object.entries(layers).map(([module, error]) => [module, ...errorCells(error)]);
  return renderTable([{ header: "layer", left: true }, ...ERROR_COLUMNS], rows);
}

/** Signal to noise of every layer, one column for each of several models. */
function decibelTable(models: readonly QuantizedOutcome[]): string[] {
  return renderTable(
    [
      { header: "SQNR in dB", left: true },
      ...models.map((model) => ({ header: basename(model.path) })),
    ],
    Object.keys(models[0].layers).map((module) => [
      module,
      ...models.map(({ layers }) => decibels(layers[module])),
    ]),
  );
}

/** The outcome as text: every model beside the float one, then every layer. */
export async function describeOutcome(
  { run, float, quantized }: QuantizeOutcome,
): Promise<string[]> {
  const family = await familyOfDirectory(run);
  const kilobytes = (bytes: number) => (bytes / 1000).toFixed(0);
  const table = renderTable(
    [
      { header: "weights", left: true },
      { header: "activations", left: true },
      { header: "loss" },
      { header: "more" },
      { header: family.metrics[0]?.words ?? "" },
      { header: "kB" },
      ...ERROR_COLUMNS,
      { header: "", left: true },
    ],
    [
      [
        ...["32 bits", "32 bits", float.loss.toFixed(4), "", measure(float, family)],
        ...[kilobytes(float.float_bytes), "", "", "", ""],
      ],
      ...quantized.map((model) => [
        describeWeights(model, family),
        `${model.activation_bits} bits, ${model.activation_scheme}`,
        model.loss.toFixed(4),
        (model.loss - float.loss).toFixed(4),
        measure(model, family),
        kilobytes(model.packed_bytes),
        ...errorCells(model.error),
        model.path,
      ]),
    ],
  );
  return [
    ...table,
    "",
    ...quantized.length === 1 ? layerTable(quantized[0]) : decibelTable(quantized),
  ];
}
