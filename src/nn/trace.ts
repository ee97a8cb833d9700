/**
 * What a module needs to know while it is traced.
 *
 * @module
 */
import type { ActivationRanges } from "./activation_ranges.ts";
import type { WeightCodes } from "./weight_codes.ts";

/** What the quantizers of a model keep on a device. */
export interface QuantizerState {
  /** Integer images of the quantized weights. */
  readonly codes: WeightCodes;
  /** Running maxima of the activations that have them. */
  readonly ranges: ActivationRanges;
}

/** Circumstances of one trace of a model. */
export interface Trace extends QuantizerState {
  /** Whether running maxima move. */
  readonly training: boolean;
  /** Whether the quantizers act; without them it is the same model in float. */
  readonly quantized: boolean;
  /** Dropout rate; 0 in evaluation. */
  readonly dropout: number;
  /** Share of the samples for which the deepest block's branches are dropped; 0 in evaluation. */
  readonly stochasticDepth: number;
  /** Gives every dropout of the trace another random stream. */
  nextSalt(): number;
}

/** What a trace is for; what is absent is as in evaluation. */
export interface TraceOptions {
  /** Whether the quantizers act; default yes. */
  readonly quantized?: boolean;
  /** Whether running maxima move; default no. */
  readonly training?: boolean;
  /** Dropout rate; default 0. */
  readonly dropout?: number;
  /** Share of the samples for which the deepest block's branches are dropped; default 0. */
  readonly stochasticDepth?: number;
  /** Position within the step, default 0: micro-batches must not share dropout masks. */
  readonly microBatch?: number;
}

/** The circumstances of a trace. */
export function makeTrace(state: QuantizerState, options: TraceOptions = {}): Trace {
  const { codes, ranges } = state;
  const { quantized = true, training = false, dropout = 0, stochasticDepth = 0 } = options;
  let salt = (options.microBatch ?? 0) << 16;
  const nextSalt = () => salt++;
  return { codes, ranges, quantized, training, dropout, stochasticDepth, nextSalt };
}
