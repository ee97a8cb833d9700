/**
 * How often values occur, for TensorBoard.
 *
 * @module
 */

/** Values from `left` up to `right`. */
export interface Bucket {
  readonly left: number;
  readonly right: number;
  readonly count: number;
}

/** Buckets of equal width, as TensorBoard makes them. */
const BUCKETS = 30;

/** Of larger tensors a part is counted, to bound the time; its shape does not change visibly. */
const MOST_COUNTED = 2 ** 18;

/**
 * Counts real numbers in buckets of equal width between the smallest and the largest. If all are equal,
 * they are in the last of buckets without width.
 *
 * @param values Finite numbers. Of more than 2¹⁸ every n-th is looked at and stands for n.
 */
export function histogramOfValues(values: Float32Array): Bucket[] {
  // An odd stride meets every column of a matrix whose width is even.
  const stride = values.length <= MOST_COUNTED ? 1 : Math.ceil(values.length / MOST_COUNTED) | 1;
  let least = Infinity;
  let most = -Infinity;
  for (let i = 0; i < values.length; i += stride) {
    least = Math.min(least, values[i]);
    most = Math.max(most, values[i]);
  }
  const width = (most - least) / BUCKETS;
  const counts = new Float64Array(BUCKETS);
  for (let i = 0; i < values.length; i += stride) {
    const bucket = width > 0 ? Math.floor((values[i] - least) / width) : BUCKETS;
    counts[Math.min(bucket, BUCKETS - 1)] += stride;
  }
  const edge = (index: number) => index === BUCKETS ? most : least + index * width;
  return Array.from(counts, (count, i) => ({ left: edge(i), right: edge(i + 1), count }));
}

/**
 * Counts integer codes, one bucket around each from the smallest to the largest. Where all are odd, as
 * those of levels that leave 0 out, buckets are twice as wide and around odd codes.
 *
 * @param padding Zeros among them that are no codes.
 */
export function histogramOfCodes(codes: Int8Array, padding = 0): Bucket[] {
  const counts = new Float64Array(256);
  for (const code of codes) counts[code + 128]++;
  counts[128] -= padding;
  const occurring = [...counts.keys()].filter((index) => counts[index] > 0);
  const spacing = occurring.every((index) => index % 2 === 1) ? 2 : 1;
  const buckets: Bucket[] = [];
  for (let index = occurring[0]; index <= occurring.at(-1)!; index += spacing) {
    const left = index - 128 - spacing / 2;
    buckets.push({ left, right: left + spacing, count: counts[index] });
  }
  return buckets;
}
