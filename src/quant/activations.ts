/**
 * Activation quantizer: absmax per token.
 *
 * @module
 */
import type { QuantizedGroup } from "./quantize_group.ts";
import { MIN_STATISTIC } from "./quantizer.ts";
import { roundHalfEven } from "./rounding.ts";

/**
 * How activations are quantized, the default first: every token to its own absolute maximum
 * ({@link quantizeToken}), or every tensor to a running maximum (`quantizeToBound`).
 */
export const activationSchemes = ["absmax_token", "ema_tensor"] as const;

/** Name of an activation quantizer, in `--activation-scheme` and in `config.json`. */
export type ActivationScheme = typeof activationSchemes[number];

/**
 * Quantizes one token in float64, as `kernels/norms/rms_norm.wgsl` does in float32.
 *
 * `q = 2^(bits-1) - 1; inverse = q / max(max|x|, 1e-5); codes = clamp(round(x · inverse), -q-1, q)`, rounding
 * half to even; the scale is `1 / inverse`, so that `codes · scale` stands for x.
 * Gradient: straight-through (STE), the identity.
 *
 * @param row The activations of one token.
 * @param bits Width of the codes, 2 to 8.
 * @returns One code per activation and their scale.
 * @see Ma et al., "The Era of 1-bit LLMs: All Large Language Models are in 1.58 Bits", arXiv 2402.17764
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { quantizeToken } from "../faces/quant.ts";
 *
 * const { codes, scale } = quantizeToken([0.5, -1, 0.25], 8);
 * assert.deepEqual(codes, Int8Array.of(64, -127, 32));
 * assert.equal(scale, 1 / 127);
 * ```
 */
export function quantizeToken(row: ArrayLike<number>, bits: number): QuantizedGroup {
  let peak = 0;
  for (let i = 0; i < row.length; i++) peak = Math.max(peak, Math.abs(row[i]));
  const q = 2 ** (bits - 1) - 1;
  const bound = Math.max(peak, MIN_STATISTIC);
  const inverse = q / bound;
  const codes = Int8Array.from(
    row,
    (x) => Math.max(-q - 1, Math.min(q, roundHalfEven(x * inverse))),
  );
  return { codes, scale: bound / q };
}
