/**
 * How far quantized weights are from the weights.
 *
 * @module
 */

/** Measures of a quantization error. */
export interface QuantizationError {
  /** Σ(w − ŵ)² / Σw²: 0 is exact, 1 is as bad as zeros; 0 too where every weight is 0. */
  readonly relativeMse: number;
  /** Σwŵ / √(Σw² · Σŵ²): 1 is the same direction; 0 where one of them is 0. */
  readonly cosine: number;
  /** Signal to quantization noise, 10·log₁₀(Σw² / Σ(w − ŵ)²), in decibels; infinite where they are equal. */
  readonly sqnrDecibels: number;
}

/**
 * Compares weights with what quantization made of them, in float64.
 *
 * @param weights w.
 * @param quantized ŵ, as many.
 * @throws {RangeError} If they are not as many.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { quantizationError } from "../faces/quant.ts";
 *
 * const { relativeMse, sqnrDecibels } = quantizationError([3, 4], [3, 3.5]);
 * assert.equal(relativeMse, 0.01);
 * assert.equal(sqnrDecibels, 20);
 * ```
 */
export function quantizationError(
  weights: ArrayLike<number>,
  quantized: ArrayLike<number>,
): QuantizationError {
  if (weights.length !== quantized.length) {
    throw new RangeError(
      `Cannot compare ${weights.length} weights with ${quantized.length} quantized ones`,
    );
  }
  let signal = 0;
  let noise = 0;
  let product = 0;
  let quantizedSignal = 0;
  for (let i = 0; i < weights.length; i++) {
    const [w, q] = [weights[i], quantized[i]];
    signal += w * w;
    noise += (w - q) ** 2;
    product += w * q;
    quantizedSignal += q * q;
  }
  const size = Math.sqrt(signal * quantizedSignal);
  return {
    relativeMse: noise === 0 ? 0 : noise / signal,
    cosine: size === 0 ? 0 : product / size,
    sqnrDecibels: noise === 0 ? Infinity : 10 * Math.log10(signal / noise),
  };
}
