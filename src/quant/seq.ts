/**
 * Stretched elastic quantization: learned ranges whose levels are spread evenly.
 *
 * @module
 */
import type { WeightQuantizer } from "./quantizer.ts";

/** Weights within this part of the range get a gradient. */
const CLIP = 0.99;

/**
 * A parameter α, one per row or group, is the range of the weights, which 2^bits levels divide into equal parts, none
 * of them at 0: Ŵ = (round(2^(bits−1)·clamp(W/α, −0.99, 0.99) − ½) + ½) / 2^(bits−1) · α. In codes that is the odd
 * number 2·round(…) + 1 times the scale α / 2^bits: at 2 bits −3, −1, 1, 3 times α / 4. At 1.58 bits it is
 * round(1.5·clamp(W/α, −0.99, 0.99)) / 1.5 · α, at 1 bit sign(W)·α (0 for 0). With a = max(α, 1e-5) and r = W / a,
 *
 * - dW = dŴ where |r| ≤ 0.99, else 0;
 * - dŴ/dα = Ŵ/a − r there, outside the outermost level (at 1.58 bits ±1, although the level is 2/3), at 1 bit the
 *   sign of W;
 * - dα is the sum over the row, times 1 / √(numel(W)·Q), with Q = 2^(bits−1) − 1, at least 1.
 *
 * α starts as max|W| of its row, at 1 bit as mean|W|. ParetoQ has it up to 2 bits; from 3 on, here up to 7, it is the
 * same formula.
 *
 * @see Liu et al., "ParetoQ: Scaling Laws in Extremely Low-bit LLM Quantization", arXiv 2502.02631, section 3
 */
export const seq: WeightQuantizer = {
  name: "seq",
  widths: [1, 1.58, 2, 3, 4, 5, 6, 7],
  format(bits) {
    if (bits === 1) {
      return {
        statistic: "meanAbsolute",
        learned: { startDivisor: 1, gradientLevels: 1 },
        divisor: 1,
        rounding: "sign",
        codes: [-1, 1],
        clip: [-CLIP, CLIP],
      };
    }
    if (bits === 1.58) {
      return {
        statistic: "maxAbsolute",
        learned: { startDivisor: 1, gradientLevels: 1, saturated: [-1, 1] },
        divisor: 1.5,
        rounding: "nearest",
        codes: [-1, 1],
        clip: [-CLIP, CLIP],
      };
    }
    const high = 2 ** bits - 1;
    return {
      statistic: "maxAbsolute",
      learned: { startDivisor: 1, gradientLevels: 2 ** (bits - 1) - 1 },
      divisor: 2 ** bits,
      rounding: "odd",
      codes: [-high, high],
      clip: [-CLIP, CLIP],
    };
  },
};
