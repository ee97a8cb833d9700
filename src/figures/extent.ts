/**
 * The range of many numbers: more than a function can be called with.
 *
 * @module
 */

/** The smallest and the largest; of none, ∞ and −∞. */
export function extent(values: Iterable<number>): [low: number, high: number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}
