/**
 * Golden files keep heads before positions; the ops keep positions before heads.
 *
 * @module
 */

/** (A, B, C, D) → (A, C, B, D). */
export function exchangeMiddle(
  data: ArrayLike<number>,
  [A, B, C, D]: readonly number[],
): Float32Array {
  const result = new Float32Array(data.length);
  for (let a = 0; a < A; a++) {
    for (let b = 0; b < B; b++) {
      for (let c = 0; c < C; c++) {
        for (let d = 0; d < D; d++) {
          result[((a * C + c) * B + b) * D + d] = data[((a * B + b) * C + c) * D + d];
        }
      }
    }
  }
  return result;
}
