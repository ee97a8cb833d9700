/**
 * Ternary: BitNet b1.58.
 *
 * @module
 */
import { meanAbsolute, MIN_STATISTIC, roundToCodes, type WeightQuantizer } from "./quantizer.ts";

/**
 * step = max(mean|W|, 1e-5); code = clamp(round(W / step), −1, 1).
 *
 * Gradient: straight-through, dW = dŴ, also where the code was clamped.
 *
 * @see Ma et al., "The Era of 1-bit LLMs: All Large Language Models are in 1.58 Bits", arXiv 2402.17764, eq. 1–3
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { absmean } from "../../mod.ts";
 *
 * const { codes, step } = absmean.quantize([0.75, -0.125, -1.5, 0.125], 1.58);
 * assert.equal(step, 0.625);
 * assert.deepEqual(codes, Int8Array.of(1, 0, -1, 0));
 * ```
 */
export const absmean: WeightQuantizer = {
  name: "absmean",
  widths: [1.58],
  kernelScheme: 1,
  levels: () => 1,
  quantize(weights) {
    const step = Math.max(meanAbsolute(weights), MIN_STATISTIC);
    return { codes: roundToCodes(weights, step, 1), step };
  },
};
