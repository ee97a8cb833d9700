/**
 * One bit: the sign of the centred weight.
 *
 * @module
 */
import { meanAbsolute, type WeightQuantizer } from "./quantizer.ts";

/**
 * step = mean|W|; code = +1 if W − mean(W) ≥ 0, else −1.
 *
 * Gradient: straight-through, dW = dŴ.
 *
 * @see Wang et al., "BitNet: Scaling 1-bit Transformers for Large Language Models", arXiv 2310.11453, eq. 1–3
 */
export const sign: WeightQuantizer = {
  name: "sign",
  widths: [1],
  kernelScheme: 0,
  levels: () => 1,
  quantize(weights) {
    let sum = 0;
    for (let i = 0; i < weights.length; i++) sum += weights[i];
    const mean = sum / weights.length;
    const codes = Int8Array.from(weights, (w) => w - mean >= 0 ? 1 : -1);
    return { codes, step: meanAbsolute(weights) };
  },
};
