/**
 * Scales made of the largest magnitude: no weight is clamped.
 *
 * @module
 */
import type { WeightQuantizer } from "./quantizer.ts";

/**
 * scale = max(max|W|, 1e-5) / q with q = 2^(bits−1) − 1; code = clamp(round(W / scale), −q, q). The code
 * −2^(bits−1) never occurs, so 2 bits are three levels.
 *
 * @see Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
 * Inference", arXiv 1712.05877, section 3.1 (weights in a symmetric range)
 */
export const absmax: WeightQuantizer = {
  name: "absmax",
  widths: [2, 3, 4, 5, 6, 7, 8],
  format(bits) {
    const q = 2 ** (bits - 1) - 1;
    return { statistic: "maxAbsolute", divisor: q, rounding: "nearest", codes: [-q, q] };
  },
};
