/**
 * What a module needs to know while it is traced.
 *
 * @module
 */
import type { Parameter } from "../tensor/parameter.ts";
import type { Value } from "../tensor/value.ts";
import type { RangedModule } from "./activation_ranges.ts";
import type { WeightImage } from "./weight_image.ts";

/** Where a module finds its weights, and what its quantizers keep, while it is traced. */
export interface TracedWeights {
  /**
   * The values of a parameter.
   *
   * @throws {TypeError} If they are not kept.
   */
  float(parameter: Parameter): Value;
  /**
   * Codes and scales of a parameter.
   *
   * @throws {TypeError} If it is not quantized.
   */
  codes(parameter: Parameter): WeightImage;
  /**
   * The running maximum behind a module, as `kernels/quantizers/running_max.wgsl` documents it.
   *
   * @throws {TypeError} If it has none.
   */
  range(module: RangedModule): Value;
}

/** Circumstances of one trace of a model. */
export interface Trace {
  /** Where the weights come from. */
  readonly weights: TracedWeights;
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
export function makeTrace(weights: TracedWeights, options: TraceOptions = {}): Trace {
  const { quantized = true, training = false, dropout = 0, stochasticDepth = 0 } = options;
  let salt = (options.microBatch ?? 0) << 16;
  const nextSalt = () => salt++;
  return { weights, quantized, training, dropout, stochasticDepth, nextSalt };
}
