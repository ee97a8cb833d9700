/**
 * Learned scales.
 *
 * @module
 */
import type { WeightQuantizer } from "./quantizer.ts";

/**
 * The scale is a parameter α, one per row or group: code = clamp(round(W / α), −2^(bits−1), 2^(bits−1) − 1), at
 * 1.58 bits ±1; at 1 bit the sign of W (elastic binarization, 0 for 0). With a = max(α, 1e-5) and r = W / a,
 *
 * - dW = dŴ where r is in the range of the codes, else 0;
 * - dŴ/dα = round(r) − r in that range, below and above it its end; at 1 bit the sign of W;
 * - dα is the sum over the row, times 1 / √(numel(W)·Q), with Q = 2^(bits−1) − 1, at least 1.
 *
 * α starts as max|W| / (2^(bits−1) − 1) of its row, at 1 bit as mean|W|, as in ParetoQ; at 1.58 and 2 bits, which
 * ParetoQ leaves to {@link seq}, as 2·mean|W| / √Q.
 *
 * @see Esser et al., "Learned Step Size Quantization", arXiv 1902.08153
 * @see Liu et al., "ParetoQ: Scaling Laws in Extremely Low-bit LLM Quantization", arXiv 2502.02631
 */
export const lsq: WeightQuantizer = {
  name: "lsq",
  widths: [1, 1.58, 2, 3, 4, 5, 6, 7, 8],
  format(bits) {
    if (bits === 1) {
      return {
        statistic: "meanAbsolute",
        learned: { startDivisor: 1, gradientLevels: 1 },
        divisor: 1,
        rounding: "sign",
        codes: [-1, 1],
        clip: [-1, 1],
      };
    }
    const half = 2 ** (bits - 1);
    const codes = bits === 1.58 ? [-1, 1] as const : [-half, half - 1] as const;
    const levels = codes[1];
    return {
      statistic: levels === 1 ? "meanAbsolute" : "maxAbsolute",
      learned: { startDivisor: levels === 1 ? 0.5 : levels, gradientLevels: levels },
      divisor: 1,
      rounding: "nearest",
      codes,
      clip: codes,
    };
  },
};
