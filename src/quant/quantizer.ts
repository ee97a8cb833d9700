/**
 * What a weight quantizer is: data.
 *
 * A quantizer turns a group of latent weights into small integers ("codes") and one scale, so that
 * `codes · scale` stands for the weights. It is stated, not programmed: which statistic of the group the
 * scale is made of, how a weight is rounded, which codes there are. The kernels of both devices do
 * whatever can be stated so, which makes a custom quantizer as fast as those in the list; the float64
 * reference is {@link quantizeGroup}.
 *
 * @module
 */

/**
 * What of the weights w of a group its scale is made of:
 *
 * - `meanAbsolute`: mean|w|
 * - `medianAbsolute`: median|w|, the lower of the two middle ones of an even number
 * - `maxAbsolute`: max|w|
 * - `rootMeanSquare`: √mean(w²)
 * - `leastSquares`: Σ|w| over the weights whose code is not 0, divided by max(their number, 1e-6): the scale
 *   with the smallest squared error for the codes of the rounding `threshold`, with which alone it goes
 */
export type WeightStatistic =
  | "meanAbsolute"
  | "medianAbsolute"
  | "maxAbsolute"
  | "rootMeanSquare"
  | "leastSquares";

/**
 * How a weight w becomes a code, with scale s; rounding is half to even:
 *
 * - `nearest`: clamp(round(w / s), low, high)
 * - `odd`: clamp(2·round(w / 2s − ½) + 1, low, high): the odd codes, levels that leave 0 out
 * - `sign`: sign(w), which is 0 for 0
 * - `centredSign`: 1 where w − mean(w of the group) ≥ 0, else −1
 * - `threshold`: sign(w) where |w| > τ·mean|w of the row|, else 0; the threshold τ belongs to the matrix
 */
export type WeightRounding = "nearest" | "odd" | "sign" | "centredSign" | "threshold";

/** What a scale that is learned needs to know. */
export interface LearnedScale {
  /** The parameter starts as the statistic of the weights / startDivisor. */
  readonly startDivisor: number;
  /** Q of the factor 1 / √(numel(W)·Q) of its gradient: about the number of codes above 0. */
  readonly gradientLevels: number;
  /**
   * dŴ/dα of a weight below and above `clip`; default smallest and largest code / divisor. Between, it is
   * code / divisor − w/α, and with the rounding `sign` it is the code everywhere.
   */
  readonly saturated?: readonly [below: number, above: number];
}

/** How weights of one width are quantized. */
export interface WeightFormat {
  /** What the scale is made of. */
  readonly statistic: WeightStatistic;
  /**
   * Given where the scale is learned: then the statistic is only what it starts from, and in its place stands a parameter
   * α, one for every group, saved as `<module>.weight_step`. It goes with the roundings `nearest`, `odd` and `sign`.
   */
  readonly learned?: LearnedScale;
  /** scale = max(statistic, minimum) / divisor. */
  readonly divisor: number;
  /** Default {@link MIN_STATISTIC}. */
  readonly minimum?: number;
  /** How a weight becomes a code. */
  readonly rounding: WeightRounding;
  /** Smallest and largest code, at least −128 and at most 127. */
  readonly codes: readonly [low: number, high: number];
  /**
   * The gradient of a weight w passes, dW = dŴ, where low ≤ w / max(statistic, minimum) ≤ high, and is 0 elsewhere.
   * Default: it passes straight through everywhere, also where a code was clamped.
   */
  readonly clip?: readonly [low: number, high: number];
}

/**
 * A weight quantizer.
 *
 * @see {@link registerWeightQuantizer} for a custom one
 */
export interface WeightQuantizer {
  /** Name in `--scheme` and in `config.json`. */
  readonly name: string;
  /** Widths it can do, in bits per weight: whole ones from 1 to 8, and 1.58, which is ternary. */
  readonly widths: readonly number[];
  /** How it quantizes one of its widths. */
  format(bits: number): WeightFormat;
}

/** Smallest statistic a scale is made of, so that a group of zeros divides by something. */
export const MIN_STATISTIC = 1e-5;

/**
 * The ends of a clip range with a millionth to spare: the largest weight, of which a scale is made, often lies exactly
 * at an end, and no rounding of a division may decide whether it gets a gradient.
 */
export function clipRange({ clip }: WeightFormat): readonly [low: number, high: number] {
  if (!clip) return [-Infinity, Infinity];
  const spare = 1e-6 * Math.max(Math.abs(clip[0]), Math.abs(clip[1]));
  return [clip[0] - spare, clip[1] + spare];
}

/** Number of distinct codes of a width: 3 for 1.58 bits, else 2^bits. */
export function codeCount(bits: number): number {
  return bits === 1.58 ? 3 : 2 ** bits;
}
