/**
 * The scale of a group of weights that loses least.
 *
 * @module
 */
import { startOfScale } from "./quantize_group.ts";
import type { WeightFormat } from "./quantizer.ts";

/** Scales that are tried, in parts of the one at which no weight is beyond the codes. */
const COARSE = 32;
/** The largest of them: beyond 1, fewer codes are used, and may by luck lie better. */
const LARGEST = 36 / 32;
/** Scales between two of those, tried around the best. */
const FINE = 32;
/** Least-squares corrections of the best of all. */
const CORRECTIONS = 8;

/**
 * The parameter α of a learned scale with which a group of weights has the least squared error Σ(w − ŵ)²: the best of
 * a hundred, then `scale ← Σ w·code / Σ code²` as long as that helps.
 *
 * @param format How the group is quantized; its scale is learned.
 * @param weights The latent weights that share the scale.
 * @returns α; what it would start from in training if every weight is 0.
 */
export function bestLearnedScale(format: WeightFormat, weights: Float32Array): number {
  const top = weights.reduce((peak, w) => Math.max(peak, Math.abs(w)), 0);
  if (top === 0) return startOfScale(format, weights);
  let best = { scale: NaN, error: Infinity, leastSquares: NaN };
  const improves = (scale: number): boolean => {
    const evaluated = evaluate(format, weights, scale);
    if (!(evaluated.error < best.error)) return false;
    best = evaluated;
    return true;
  };
  const unit = top / format.codes[1] / COARSE;
  for (let i = 1; i <= LARGEST * COARSE; i++) improves(i * unit);
  const center = best.scale;
  for (let i = 1 - FINE; i < FINE; i++) improves(center + i * unit / FINE);
  for (let i = 0; i < CORRECTIONS; i++) if (!improves(best.leastSquares)) break;
  return best.scale * format.divisor;
}

/** The squared error with a scale, and the scale that would be best for the same codes. */
function evaluate(
  { rounding, codes: [low, high] }: WeightFormat,
  weights: Float32Array,
  scale: number,
) {
  let error = 0;
  let product = 0;
  let square = 0;
  for (let i = 0; i < weights.length; i++) {
    const w = weights[i];
    // Halfway between two codes either costs the same, so any rounding will do.
    const code = rounding === "sign"
      ? Math.sign(w)
      : rounding === "odd"
      ? 2 * Math.round(w / (2 * scale) - 0.5) + 1
      : Math.round(w / scale);
    const clamped = Math.max(low, Math.min(high, code));
    error += (w - clamped * scale) ** 2;
    product += w * clamped;
    square += clamped * clamped;
  }
  return { scale, error, leastSquares: product / square };
}
