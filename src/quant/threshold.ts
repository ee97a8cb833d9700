/**
 * Ternary with a threshold of its own: ternary weight networks.
 *
 * @module
 */
import type { WeightQuantizer } from "./quantizer.ts";

/** τ where nothing else is said; on normally distributed weights it makes 42 % of them 0. */
export const DEFAULT_THRESHOLD = 0.7;

/**
 * T = sign(W) where |W| > τ·mean|W of its row|, else 0; scale = Σ W·T / max(Σ T², 1e-6) over the weights that share it,
 * the scale of least squared error for these codes. Of a row divided into groups each counts as a row of its own. τ is
 * 0.7, or as `--threshold` says; while a model trains it can be changed for each matrix, by `memory.thresholds` of the
 * model.
 *
 * @see Li et al., "Ternary Weight Networks", arXiv 1605.04711, eq. 3–6
 */
export const threshold: WeightQuantizer = {
  name: "threshold",
  widths: [1.58],
  format: () => ({
    statistic: "leastSquares",
    divisor: 1,
    minimum: 0,
    rounding: "threshold",
    codes: [-1, 1],
  }),
};
