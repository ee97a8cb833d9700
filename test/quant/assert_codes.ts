/**
 * Codes of float32 kernels against the float64 reference.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type GroupOptions, quantizeGroup } from "../../src/quant/quantize_group.ts";
import type { WeightFormat } from "../../src/quant/quantizer.ts";

/** How far a weight may be from a boundary, relative to it, for float32 to see it on the other side. */
const ROUNDING = 2e-6;

/**
 * Asserts that a group has the codes of the reference. A code may differ only where the weight lies on the boundary
 * between the two, as exactly as float32 can tell.
 */
export function assertCodes(
  actual: ArrayLike<number>,
  format: WeightFormat,
  weights: ArrayLike<number>,
  options: GroupOptions & { readonly label: string },
): void {
  const { codes } = quantizeGroup(format, weights, options);
  assert.equal(actual.length, codes.length, `${options.label}: number of codes`);
  codes.forEach((code, i) => {
    if (code === actual[i]) return;
    const neighbors = [1 - ROUNDING, 1 + ROUNDING].map((factor) => {
      const moved = Float64Array.from(weights);
      moved[i] *= factor;
      return quantizeGroup(format, moved, options).codes[i];
    });
    assert.ok(
      neighbors.includes(actual[i]),
      `${options.label}: code ${actual[i]} of weight ${weights[i]} at ${i}, expected ${code}`,
    );
  });
}
