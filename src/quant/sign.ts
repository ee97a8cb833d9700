/**
 * One bit: the sign of the centred weight.
 *
 * @module
 */
import type { WeightQuantizer } from "./quantizer.ts";

/**
 * scale = mean|W|; code = +1 if W − mean(W) ≥ 0, else −1.
 *
 * @see Wang et al., "BitNet: Scaling 1-bit Transformers for Large Language Models", arXiv 2310.11453, eq. 1–3
 */
export const sign: WeightQuantizer = {
  name: "sign",
  widths: [1],
  format: () => ({
    statistic: "meanAbsolute",
    divisor: 1,
    minimum: 0,
    rounding: "centredSign",
    codes: [-1, 1],
  }),
};
