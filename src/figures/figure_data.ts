/**
 * What figures are drawn from: runs, grouped into series that differ in more than the seed.
 *
 * @module
 */

/** A measured value at a step of training. */
export interface StepValue {
  /** Steps done. */
  readonly step: number;
  /** The value. */
  readonly value: number;
}

/** Quantization of one weight matrix at a step of training. */
export interface LayerStep {
  /** Steps done. */
  readonly step: number;
  /** The matrix, such as `model.layers.0.mlp.down_proj`. */
  readonly layer: string;
  /** Share of weights whose code is 0; undefined where it was not measured. */
  readonly sparsity: number | undefined;
  /** τ up to which times the row's mean |w| the code is 0; undefined where the scheme has none. */
  readonly threshold: number | undefined;
  /** What one unit of the codes stands for; undefined where it was not measured. */
  readonly scale: number | undefined;
}

/** How well the codes of one weight matrix stand for its weights. */
export interface LayerError {
  /** The matrix, such as `model.layers.0.mlp.down_proj`. */
  readonly layer: string;
  /** ‖W − Ŵ‖² / ‖W‖². */
  readonly relativeMse: number;
  /** Cosine of the angle between W and Ŵ. */
  readonly cosine: number;
  /** Signal to quantization noise, 10 · log₁₀(‖W‖² / ‖W − Ŵ‖²), in dB. */
  readonly sqnr: number;
}

/** A share of all quantized weights. */
export interface Bin {
  /** Where the bin begins, or the value it stands for. */
  readonly from: number;
  /** Where it ends; equal to `from` for a single value. */
  readonly to: number;
  /** Share of the weights, 0 to 1. */
  readonly share: number;
}

/** What the weights of a run show. */
export interface WeightData {
  /** Per weight matrix, in the order of the model. */
  readonly errors: readonly LayerError[];
  /** Latent weights in units of the step of their group: a code stands at its integer. */
  readonly weights: readonly Bin[];
  /** Codes. */
  readonly codes: readonly Bin[];
}

/** One run. */
export interface FigureRun {
  /** Its name. */
  readonly name: string;
  /** Its seed. */
  readonly seed: number;
  /** Loss of single batches, nats per token. */
  readonly trainLoss: readonly StepValue[];
  /** Loss over the whole validation split, nats per token. */
  readonly validationLoss: readonly StepValue[];
  /** Share of the test that the best weights answer rightly; undefined where there is none. */
  readonly testAccuracy?: number;
  /** Norm of all gradients before clipping. */
  readonly gradientNorm: readonly StepValue[];
  /** Quantization while training; empty for a float model. */
  readonly layers: readonly LayerStep[];
  /** Size with every quantized weight packed; undefined where it is not known. */
  readonly packedBytes: number | undefined;
  /** Undefined for a float model, and where the weights are missing. */
  readonly weights: WeightData | undefined;
}

/** Runs that differ in nothing but the seed. */
export interface Series {
  /** What tells it from the others, such as `1.58 bits, absmean`. */
  readonly label: string;
  /** Bits per weight. */
  readonly bits: number;
  /** The rest of the label: what tells it from other series of the same width; empty if nothing does. */
  readonly variant: string;
  /** In rising order of their seeds. */
  readonly runs: readonly FigureRun[];
}

/** Everything a figure can show. */
export interface FigureData {
  /** What all runs have in common: the text, the model, the steps. */
  readonly subject: string;
  /** What a loss is the mean over: `character`, `byte`, `token` or `image`. */
  readonly token: string;
  /** Whether such models are tested at their end. */
  readonly isTested: boolean;
  /** Most bits first. */
  readonly series: readonly Series[];
}
