/**
 * Activation quantizer: one scale per tensor, from a running maximum.
 *
 * @module
 */
import type { QuantizedGroup } from "./quantize_group.ts";
import { roundHalfEven } from "./rounding.ts";

/** Smallest scale, so that activations that are all zero divide by something. */
const MIN_SCALE = 1e-6;

/**
 * Moves a running maximum m on by one tensor: `m ← momentum · m + (1 − momentum) · peak`, and the first time,
 * where m is 0, `m ← peak`.
 *
 * @param running m.
 * @param peak max|x| of the tensor.
 * @param momentum How much of m is kept, in [0, 1].
 */
export function updateRunningMax(running: number, peak: number, momentum: number): number {
  return running === 0 ? peak : momentum * running + (1 - momentum) * peak;
}

/**
 * Quantizes a tensor in float64, as `kernels/quantizers/quantize_tensor.wgsl` does in float32.
 *
 * `q = 2^(bits-1) - 1; scale = max(bound / q, 1e-6); codes = clamp(round(x / scale), -q-1, q)`, rounding half to even.
 * Gradient: straight-through (STE), the identity, also where a code was clamped.
 *
 * @param x The activations.
 * @param bound What the largest code stands for: the running maximum of max|x|.
 * @param bits Width of the codes, 2 to 8.
 * @returns One code per activation and their scale.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { quantizeToBound, updateRunningMax } from "../faces/quant.ts";
 *
 * const running = updateRunningMax(updateRunningMax(0, 127, 0.99), 227, 0.99);
 * assert.equal(running, 128);
 * const { codes, scale } = quantizeToBound([64, -3, 227], 127, 8);
 * assert.deepEqual(codes, Int8Array.of(64, -3, 127));
 * assert.equal(scale, 1);
 * ```
 */
export function quantizeToBound(
  x: ArrayLike<number>,
  bound: number,
  bits: number,
): QuantizedGroup {
  const q = 2 ** (bits - 1) - 1;
  const scale = Math.max(bound / q, MIN_SCALE);
  const codes = Int8Array.from(
    x,
    (value) => Math.max(-q - 1, Math.min(q, roundHalfEven(value / scale))),
  );
  return { codes, scale };
}
