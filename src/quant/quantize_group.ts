/**
 * Weight quantization in float64: what the kernels must give.
 *
 * @module
 */
import { clipRange, MIN_STATISTIC, type WeightFormat, type WeightStatistic } from "./quantizer.ts";
import { roundHalfEven } from "./rounding.ts";

/** Codes and scale of one group of weights. */
export interface QuantizedGroup {
  /** One integer per weight, in the order of the weights. */
  readonly codes: Int8Array;
  /** What one unit of the codes stands for. */
  readonly scale: number;
}

/** What quantizing a group needs beside its weights. */
export interface GroupOptions {
  /** Weights per row, of which the rounding `threshold` takes the mean; default all: one row. */
  readonly columns?: number;
  /** τ, for the rounding `threshold`. */
  readonly threshold?: number;
  /** α, where the scale is learned; default what it starts from. */
  readonly learned?: number;
}

/**
 * Quantizes a group of weights that share one scale.
 *
 * @param format How; that of a quantizer's width.
 * @param weights (rows · columns) the latent weights.
 * @returns (rows · columns) codes and their scale.
 * @throws {RangeError} If the rounding needs a threshold and there is none.
 *
 * @example Ternary weights of BitNet b1.58
 * ```ts
 * import assert from "node:assert/strict";
 * import { absmean, quantizeGroup } from "../faces/quant.ts";
 *
 * const { codes, scale } = quantizeGroup(absmean.format(1.58), [0.75, -0.125, -1.5, 0.125]);
 * assert.equal(scale, 0.625); // mean|w|
 * assert.deepEqual(codes, Int8Array.of(1, 0, -1, 0));
 * ```
 */
export function quantizeGroup(
  format: WeightFormat,
  weights: ArrayLike<number>,
  options: GroupOptions = {},
): QuantizedGroup {
  const { columns = weights.length } = options;
  const w = Float64Array.from(weights);
  const dead = format.rounding === "threshold" ? thresholds(w, columns, options.threshold) : [];
  const deadOf = (i: number) => dead[Math.floor(i / columns)];
  const statistic = format.learned
    ? options.learned ?? startOfScale(format, weights)
    : groupStatistic(format.statistic, w, deadOf);
  const scale = scaleOf(format, statistic);
  const mean = w.reduce((sum, value) => sum + value, 0) / w.length;
  const codes = Int8Array.from(
    w,
    (value, i) => quantizedWeight(format, value, scale, mean, deadOf(i)),
  );
  return { codes, scale };
}

/** The scale that is made of a statistic of the weights. */
export function scaleOf(
  { minimum = MIN_STATISTIC, divisor }: WeightFormat,
  statistic: number,
): number {
  return Math.max(statistic, minimum) / divisor;
}

/**
 * The code of a weight.
 *
 * @param mean Of the weights that share the scale, for the rounding `centredSign`.
 * @param dead The magnitude up to which it is 0, for the rounding `threshold`.
 */
export function quantizedWeight(
  { rounding, codes: [low, high] }: WeightFormat,
  weight: number,
  scale: number,
  mean: number,
  dead: number,
): number {
  const clamp = (code: number) => Math.max(low, Math.min(high, code));
  switch (rounding) {
    case "nearest":
      return clamp(roundHalfEven(weight / scale));
    case "odd":
      return clamp(2 * roundHalfEven(weight / (2 * scale) - 0.5) + 1);
    case "sign":
      return Math.sign(weight);
    case "centredSign":
      return weight - mean >= 0 ? 1 : -1;
    case "threshold":
      return Math.abs(weight) > dead ? Math.sign(weight) : 0;
  }
}

/**
 * The parameter α that a learned scale of a group starts from.
 *
 * @throws {RangeError} If the format learns no scale.
 */
export function startOfScale(format: WeightFormat, weights: ArrayLike<number>): number {
  if (!format.learned) throw new RangeError("Cannot start a scale: this format learns none");
  const statistic = groupStatistic(format.statistic, Float64Array.from(weights), () => 0);
  return statistic / format.learned.startDivisor;
}

/** Gradients of one group of weights. */
export interface GroupGradients {
  /** dW, one per weight. */
  readonly weights: Float64Array;
  /** dα, where the scale is learned; else 0. */
  readonly scale: number;
}

/**
 * Passes the gradient of quantized weights on to the latent weights and the learned scale: the straight-through estimator (STE)
 * of {@link WeightFormat.clip}, and Σ dŴ · (dŴ/dα) of {@link LearnedScale}, without the factor 1 / √(numel(W)·Q).
 *
 * @param weights (rows · columns) the latent weights.
 * @param image What {@link quantizeGroup} made of them.
 * @param cotangents (rows · columns) dŴ.
 * @see Esser et al., "Learned Step Size Quantization", arXiv 1902.08153, eq. 3 and 5
 */
export function groupGradients(
  format: WeightFormat,
  weights: ArrayLike<number>,
  { codes, scale }: QuantizedGroup,
  cotangents: ArrayLike<number>,
): GroupGradients {
  const { divisor, codes: [low, high], learned } = format;
  const clip = clipRange(format);
  const [below, above] = learned?.saturated ?? [low / divisor, high / divisor];
  const passed = Float64Array.from(cotangents);
  let sum = 0;
  codes.forEach((code, i) => {
    const ratio = weights[i] / (scale * divisor);
    const inside = ratio >= clip[0] && ratio <= clip[1];
    if (!inside) passed[i] = 0;
    const slope = format.rounding === "sign"
      ? code / divisor
      : inside
      ? code / divisor - ratio
      : ratio < clip[0]
      ? below
      : above;
    sum += cotangents[i] * slope;
  });
  return { weights: passed, scale: learned ? sum : 0 };
}

/** Per row: the magnitude up to which a weight is 0. */
function thresholds(w: Float64Array, columns: number, threshold: number | undefined): number[] {
  if (threshold === undefined) {
    throw new RangeError("Cannot quantize by a threshold: none is given");
  }
  return Array.from(
    { length: w.length / columns },
    (_, row) => threshold * meanAbsolute(w.subarray(row * columns, (row + 1) * columns)),
  );
}

function meanAbsolute(w: Float64Array): number {
  return w.reduce((sum, value) => sum + Math.abs(value), 0) / w.length;
}

/** @param deadOf Magnitude up to which weight i is 0. */
function groupStatistic(
  statistic: WeightStatistic,
  w: Float64Array,
  deadOf: (i: number) => number,
): number {
  switch (statistic) {
    case "meanAbsolute":
      return meanAbsolute(w);
    case "medianAbsolute":
      return w.map(Math.abs).sort()[Math.floor((w.length - 1) / 2)];
    case "maxAbsolute":
      return w.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
    case "rootMeanSquare":
      return Math.sqrt(w.reduce((sum, value) => sum + value * value, 0) / w.length);
    case "leastSquares": {
      const alive = w.filter((value, i) => Math.abs(value) > deadOf(i));
      return alive.reduce((sum, value) => sum + Math.abs(value), 0) / Math.max(alive.length, 1e-6);
    }
  }
}
