/**
 * Comparison of numbers that went different ways.
 *
 * @module
 */
import assert from "node:assert/strict";

/** How far apart two tensors may be. */
export interface Closeness {
  /** Relative to the largest finite magnitude expected. Default 1e-5. */
  readonly rtol?: number;
  /** Absolute. Default 1e-12. */
  readonly atol?: number;
  /** What is compared, for the message. */
  readonly label?: string;
}

/**
 * Asserts `|actual − expected| <= atol + rtol · max|expected|` for every element, and reports the worst one.
 */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { rtol = 1e-5, atol = 1e-12, label = "value" }: Closeness = {},
): void {
  assert.equal(actual.length, expected.length, `${label}: number of elements`);
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    if (Number.isFinite(expected[i])) largest = Math.max(largest, Math.abs(expected[i]));
  }
  const allowed = atol + rtol * largest;
  let worst = -1;
  let worstDifference = allowed;
  let failures = 0;
  for (let i = 0; i < expected.length; i++) {
    if (Object.is(actual[i], expected[i])) continue;
    const difference = Math.abs(actual[i] - expected[i]);
    // Written so that NaN fails.
    if (difference <= allowed) continue;
    failures++;
    if (worst < 0 || difference > worstDifference || Number.isNaN(difference)) {
      worst = i;
      worstDifference = difference;
    }
  }
  if (worst < 0) return;
  assert.fail(
    `${label}: ${failures} of ${expected.length} elements differ; worst at ${worst}: ` +
      `got ${actual[worst]}, expected ${expected[worst]} (off by ${
        worstDifference.toExponential(2)
      }, ` +
      `allowed ${allowed.toExponential(2)})`,
  );
}
