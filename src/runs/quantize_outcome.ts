/**
 * What quantizing a float run gives: every model beside the float one, and every layer.
 *
 * @module
 */
import type { ModelConfig } from "../models/model.ts";
import type { QuantizationError } from "../quant/error_metrics.ts";
import type { RunConfig } from "../train/run_config.ts";
import type { Evaluated } from "../train/task.ts";
import type { RunOptionTable } from "./options/run_option.ts";
import { keptOf } from "./resume.ts";

/** How good a model is: the loss, and what its family measures besides. */
export type QualityMeasures = Evaluated & Readonly<Record<string, unknown>>;

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

/** What a model that was made is; widths of what is quantized apart from the blocks are called as `embed_bits`. */
export interface QuantizedFacts {
  /** Its directory. */
  readonly path: string;
  /** Bits per weight. */
  readonly weight_bits: number;
  /** How weights are quantized. */
  readonly weight_scheme: string;
  /** What shares a scale. */
  readonly weight_granularity: string;
  /** Bits per activation. */
  readonly activation_bits: number;
  /** How activations are quantized. */
  readonly activation_scheme: string;
  /** Size with every quantized weight packed, the others in float32. */
  readonly packed_bytes: number;
  /** Means over the layers. */
  readonly error: ErrorJson;
  /** By module. */
  readonly layers: Readonly<Record<string, ErrorJson>>;
}

/** What quantizing a run gives. */
export interface QuantizeOutcome {
  /** The float run. */
  readonly run: string;
  /** How good it is, and how large. */
  readonly float: QualityMeasures & { readonly float_bytes: number };
  /** What was made of it. */
  readonly quantized: readonly QuantizedOutcome[];
}

/** An error as it is printed. */
export function errorToJson({ relativeMse, cosine, sqnrDecibels }: QuantizationError): ErrorJson {
  const isNoisy = Number.isFinite(sqnrDecibels);
  return { relative_mse: relativeMse, cosine, sqnr_db: isNoisy ? sqnrDecibels : null };
}

/** What an option of a width is called in JSON. */
export function widthName(option: string): string {
  return option.replace(/[A-Z]/g, (letter) => "_" + letter.toLowerCase());
}

/** The widths of what a family quantizes apart from the blocks. */
export function widthsToJson(options: RunOptionTable, model: ModelConfig): Record<string, number> {
  return Object.fromEntries(
    Object.entries(options)
      .map(([name, option]) => [widthName(name), Number(keptOf(option, { model } as RunConfig))]),
  );
}
