/**
 * The float32 linear layer.
 *
 * @module
 */
import type { Value } from "../tensor/value.ts";
import { matmul } from "./matmul.ts";

/**
 * Applies a linear layer: `y = x·Wᵀ + residual + bias`.
 *
 * @param x (…, K), all dimensions but the last taken as rows.
 * @param w (N, K).
 * @param residual (…, N), added to the product.
 * @param bias (N), added to every row.
 * @returns (…, N).
 * @throws {TypeError} If the inner dimensions differ or an operand is not f32.
 */
export function linear(x: Value, w: Value, residual?: Value, bias?: Value): Value {
  return matmul(x, w, { transposeB: true, residual, bias });
}
