/**
 * The residual connection around a branch of a block.
 *
 * @module
 */
import { dropout, stochasticDepth } from "../ops/dropout.ts";
import type { Value } from "../tensor/value.ts";
import type { Activations, BitLinear } from "./linear.ts";
import type { Trace } from "./trace.ts";

/**
 * Adds a branch to the residual stream: `x + drop(layer(input))`. Where nothing is dropped, the addition happens
 * inside the matrix product.
 *
 * @param layer The last layer of the branch.
 * @param input What it is applied to.
 * @param x (B, …, C) f32, the residual stream.
 * @param trace Has the dropout rate.
 * @param dropRate Share of the samples whose whole branch is dropped (stochastic depth); default 0.
 * @returns (B, …, C) f32.
 */
export function residual(
  layer: BitLinear,
  input: Activations,
  x: Value,
  trace: Trace,
  dropRate = 0,
): Value {
  const { dropout: rate } = trace;
  if (rate === 0 && dropRate === 0) return layer.call(input, trace, x);
  const branch = layer.call(input, trace);
  if (dropRate === 0) return dropout(branch, { rate, salt: trace.nextSalt(), residual: x });
  const kept = rate === 0 ? branch : dropout(branch, { rate, salt: trace.nextSalt() });
  return stochasticDepth(kept, { rate: dropRate, salt: trace.nextSalt(), residual: x });
}
