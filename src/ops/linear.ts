/**
 * The float32 linear layer.
 *
 * @module
 */
import type { Value } from "../tensor/value.ts";
import { matmul } from "./matmul.ts";

/**
 * Applies a linear layer: `y = x·Wᵀ + residual`.
 *
 * @param x (…, K), all dimensions but the last taken as rows.
 * @param w (N, K).
 * @param residual (…, N), added to the product.
 * @returns (…, N).
 * @throws {TypeError} If the inner dimensions differ or an operand is not f32.
 */
export function linear(x: Value, w: Value, residual?: Value): Value {
  return matmul(x, w, { transposeB: true, residual });
}
