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
  /** Dropout rate; 0 in evaluation. */
  readonly dropout: number;
  /** Gives every dropout of the trace another random stream. */
  nextSalt(): number;
}

/**
 * A trace.
 *
 * @param dropout Dropout rate; 0 in evaluation.
 * @param microBatch Position within the step: micro-batches must not share dropout masks.
 */
export function makeTrace(codes: WeightCodes, dropout = 0, microBatch = 0): Trace {
  let salt = microBatch << 16;
  return { codes, dropout, nextSalt: () => salt++ };
}
