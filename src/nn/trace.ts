/**
 * What a module needs to know while it is traced.
 *
 * @module
 */
import type { WeightCodes } from "./weight_codes.ts";

/** Circumstances of one trace of a model. */
export interface Trace {
  /** Integer images of the quantized weights. */
  readonly codes: WeightCodes;
  /** Whether the quantizers act; without them it is the same model in float. */
  readonly quantized: boolean;
  /** Dropout rate; 0 in evaluation. */
  readonly dropout: number;
  /** Gives every dropout of the trace another random stream. */
  nextSalt(): number;
}

/** What a trace is for; what is absent is as in evaluation. */
export interface TraceOptions {
  /** Whether the quantizers act; default yes. */
  readonly quantized?: boolean;
  /** Dropout rate; default 0. */
  readonly dropout?: number;
  /** Position within the step, default 0: micro-batches must not share dropout masks. */
  readonly microBatch?: number;
}

/** The circumstances of a trace. */
export function makeTrace(codes: WeightCodes, options: TraceOptions = {}): Trace {
  const { quantized = true, dropout = 0, microBatch = 0 } = options;
  let salt = microBatch << 16;
  return { codes, quantized, dropout, nextSalt: () => salt++ };
}
