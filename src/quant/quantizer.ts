/**
 * What a weight quantizer is.
 *
 * A quantizer turns a group of latent weights into small integers ("codes") and one step, so that
 * `codes · step` stands for the weights. The formula below each name is the single source: the kernels
 * implement it, the float64 reference here says what they must give.
 *
 * @module
 */

/** Codes and step of one group of weights. */
export interface QuantizedGroup {
  /** One integer per weight, in the order of the weights. */
  readonly codes: Int8Array;
  /** What one unit of the codes stands for. */
  readonly step: number;
}

/** A weight quantizer. */
export interface WeightQuantizer {
  /** Name in `--scheme` and in `config.json`. */
  readonly name: string;
  /** Widths it can do, in bits per weight; 1.58 is ternary. */
  readonly widths: readonly number[];
  /** Number under which `kernels/quantize_weights.wgsl` knows it. */
  readonly kernelScheme: number;
  /** Largest code of a width: codes are −levels to levels. */
  levels(bits: number): number;
  /**
   * Quantizes one group in float64.
   *
   * @param weights The latent weights that share one step.
   * @param bits One of `widths`.
   */
  quantize(weights: ArrayLike<number>, bits: number): QuantizedGroup;
}

/** Smallest statistic a step is made of, so that a group of zeros divides by something. */
export const MIN_STATISTIC = 1e-5;

/** Mean of |w|, summed in float64. */
export function meanAbsolute(weights: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += Math.abs(weights[i]);
  return sum / weights.length;
}

/** Rounds half to even, as PyTorch and WGSL do and `Math.round` does not. */
export function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const fraction = x - floor;
  if (fraction !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** `clamp(round(w / step), −limit, limit)` for every weight, rounding half to even. */
export function roundToCodes(
  weights: ArrayLike<number>,
  step: number,
  limit: number,
): Int8Array {
  return Int8Array.from(
    weights,
    (w) => Math.max(-limit, Math.min(limit, roundHalfEven(w / step))),
  );
}
