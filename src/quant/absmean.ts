/**
 * Scales made of the mean magnitude: BitNet b1.58, and its extension to more bits.
 *
 * @module
 */
import { gaussianLevels } from "./gaussian.ts";
import type { WeightQuantizer } from "./quantizer.ts";

/**
 * 1.58 bits: scale = max(mean|W|, 1e-5); code = clamp(round(W / scale), −1, 1).
 *
 * 2 bits: scale = max(mean|W|, 1e-5) / 2 with the odd codes −3 to 3: neighboring levels are mean|W| apart, as those of
 * 1.58 bits are. A fifth less than the spacing with the smallest squared error, and it trains better
 * (`data/results/recipe.md`).
 *
 * 3 to 8 bits: scale = max(mean|W|, 1e-5) · Δ / √(2/π), where √(2/π) is the mean magnitude of a normal
 * distribution of deviation 1 and Δ the scale that quantizes it with the smallest squared error; 3 and 4 bits
 * with odd codes, −(2^bits − 1) to 2^bits − 1, 5 to 8 with codes −(2^(bits−1) − 1) to 2^(bits−1) − 1.
 *
 * The scale that BitNet b1.58 Reloaded extends it by, mean|W| / 2^(bits−1), clamps every weight above the mean, 42 %
 * of a normal distribution: it is not what is done here.
 *
 * @see Ma et al., "The Era of 1-bit LLMs: All Large Language Models are in 1.58 Bits", arXiv 2402.17764, eq. 1–3
 * @see Max, "Quantizing for minimum distortion", IRE Transactions on Information Theory 6, 1960, table II
 */
export const absmean: WeightQuantizer = {
  name: "absmean",
  widths: [1.58, 2, 3, 4, 5, 6, 7, 8],
  format(bits) {
    const statistic = "meanAbsolute";
    if (bits === 1.58) return { statistic, divisor: 1, rounding: "nearest", codes: [-1, 1] };
    if (bits === 2) return { statistic, divisor: 2, rounding: "odd", codes: [-3, 3] };
    return { statistic, ...gaussianLevels(bits, Math.sqrt(2 / Math.PI)) };
  },
};
