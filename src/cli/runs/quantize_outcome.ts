/**
 * What `quantize` tells: every model beside the float one, and every layer.
 *
 * @module
 */
import { basename } from "../../host/paths.ts";
import { renderTable } from "../../bench/table.ts";
import type { ModelConfig } from "../../models/model.ts";
import type { VitConfig } from "../../models/vit/config.ts";
import type { QuantizationError } from "../../quant/error_metrics.ts";
import type { Evaluation } from "../../train/evaluation.ts";
import type { ImageEvaluation } from "../../train/image_evaluation.ts";

/** How good a model is: of text, or of images. */
type QualityMeasures = Evaluation | ImageEvaluation;

/** Error of quantized weights, beside the latent ones. */
export interface ErrorJson {
  /** Σ(w − ŵ)² / Σw². */
  readonly relative_mse: number;
  /** Cosine of the angle between w and ŵ. */
  readonly cosine: number;
  /** Signal to quantization noise in decibels; null where there is no noise. */
  readonly sqnr_db: number | null;
}

/** One model that was made, and how it compares. */
export type QuantizedOutcome = QuantizedFacts & QualityMeasures;

/** What a model that was made is. */
export interface QuantizedFacts {
  readonly path: string;
  readonly weight_bits: number;
  readonly weight_scheme: string;
  readonly weight_granularity: string;
  readonly activation_bits: number;
  readonly activation_scheme: string;
  /** Of the patch embedding of an image model. */
  readonly embed_bits?: number;
  /** Of its classifier. */
  readonly head_bits?: number;
  readonly packed_bytes: number;
  /** Means over the layers. */
  readonly error: ErrorJson;
  /** By module. */
  readonly layers: Readonly<Record<string, ErrorJson>>;
}

/** What `quantize --json` prints. */
export interface QuantizeOutcome {
  readonly run: string;
  readonly float: QualityMeasures & { readonly float_bytes: number };
  readonly quantized: readonly QuantizedOutcome[];
}

/** An error as it is printed. */
export function errorToJson({ relativeMse, cosine, sqnrDecibels }: QuantizationError): ErrorJson {
  const isNoisy = Number.isFinite(sqnrDecibels);
  return { relative_mse: relativeMse, cosine, sqnr_db: isNoisy ? sqnrDecibels : null };
}

/** The widths around the blocks of an image model; nothing for text. */
export function outerBitsToJson(
  config: ModelConfig & Partial<VitConfig>,
): Pick<QuantizedFacts, "embed_bits" | "head_bits"> {
  const { embedQuantization, headQuantization } = config;
  if (!embedQuantization || !headQuantization) return {};
  return { embed_bits: embedQuantization.weightBits, head_bits: headQuantization.weightBits };
}

/** How the weights of a model are quantized. */
function describeWeights(model: QuantizedOutcome): string {
  const { weight_bits, weight_scheme, embed_bits = 32, head_bits = 32 } = model;
  return [
    `${weight_bits} bit${weight_bits === 1 ? "" : "s"}`,
    weight_scheme,
    ...(embed_bits === 32 ? [] : [`embedding ${embed_bits}`]),
    ...(head_bits === 32 ? [] : [`head ${head_bits}`]),
  ].join(", ");
}

/** What is printed beside the loss. */
function measure(evaluation: QualityMeasures): string {
  return "perplexity" in evaluation
    ? evaluation.perplexity.toFixed(3)
    : `${(100 * evaluation.top1).toFixed(2)} %`;
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
export function describeOutcome({ float, quantized }: QuantizeOutcome): string[] {
  const kilobytes = (bytes: number) => (bytes / 1000).toFixed(0);
  const table = renderTable(
    [
      { header: "weights", left: true },
      { header: "activations", left: true },
      { header: "loss" },
      { header: "more" },
      { header: "perplexity" in float ? "perplexity" : "top-1" },
      { header: "kB" },
      ...ERROR_COLUMNS,
      { header: "", left: true },
    ],
    [
      [
        ...["32 bits", "32 bits", float.loss.toFixed(4), "", measure(float)],
        ...[kilobytes(float.float_bytes), "", "", "", ""],
      ],
      ...quantized.map((model) => [
        describeWeights(model),
        `${model.activation_bits} bits, ${model.activation_scheme}`,
        model.loss.toFixed(4),
        (model.loss - float.loss).toFixed(4),
        measure(model),
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
