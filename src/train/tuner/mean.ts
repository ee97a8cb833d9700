/**
 * The mean of a few numbers.
 *
 * @module
 */

/** Mean of at least one number. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
