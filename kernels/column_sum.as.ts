// y[c] = [y[c] +] Σ_r x[r, c]. The twin of column_sum.wgsl, in two phases. The first sums a block of ROWS_AT_A_TIME rows
// per unit into its own row of the scratch. The second sums these rows in order; a unit is a column. Blocks do not
// depend on the threads, so neither does the sum.
// 0 x   1 y   2 ROWS   3 COLUMNS   4 ACCUMULATE
import { integer, pointer, storePart } from "./simd.as";

/** As in src/device/cpu/kernels.ts. */
const ROWS_AT_A_TIME = 32;

/** Bytes of one row of the scratch. */
// @inline
function paddedBytes(columns: i32): usize {
  return <usize> ((columns + 15) & ~15) << 2;
}

export function columnSum(args: usize, begin: i32, end: i32, scratch: usize): void {
  const rows = integer(args, 2);
  const columns = integer(args, 3);
  const stride = <usize> columns << 2;
  const padded = paddedBytes(columns);
  for (let block = begin; block < end; block++) {
    const partial = scratch + <usize> block * padded;
    memory.fill(partial, 0, padded);
    const first = block * ROWS_AT_A_TIME;
    const last = min(first + ROWS_AT_A_TIME, rows);
    let x = pointer(args, 0) + <usize> first * stride;
    let row = first;
    // Beyond the columns the sums are of what comes next; nobody reads them.
    for (; row + 8 <= last; row += 8) {
      for (let i: usize = 0; i < stride; i += 16) {
        let at = x + i;
        const sum1 = f32x4.add(v128.load(at), v128.load(at + stride));
        at += 2 * stride;
        const sum2 = f32x4.add(v128.load(at), v128.load(at + stride));
        at += 2 * stride;
        const sum3 = f32x4.add(v128.load(at), v128.load(at + stride));
        at += 2 * stride;
        const sum4 = f32x4.add(v128.load(at), v128.load(at + stride));
        const sum = f32x4.add(f32x4.add(sum1, sum2), f32x4.add(sum3, sum4));
        v128.store(partial + i, f32x4.add(v128.load(partial + i), sum));
      }
      x += 8 * stride;
    }
    for (; row < last; row++) {
      for (let i: usize = 0; i < stride; i += 16) {
        v128.store(partial + i, f32x4.add(v128.load(partial + i), v128.load(x + i)));
      }
      x += stride;
    }
  }
}

export function columnSumFinish(args: usize, begin: i32, end: i32, scratch: usize): void {
  const rows = integer(args, 2);
  const padded = paddedBytes(integer(args, 3));
  const accumulate = integer(args, 4) != 0;
  const stop = scratch + <usize> ((rows + ROWS_AT_A_TIME - 1) / ROWS_AT_A_TIME) * padded;
  for (let column = begin; column < end; column += 4) {
    const offset = <usize> column << 2;
    const y = pointer(args, 1) + offset;
    let sum = f32x4.splat(0);
    for (let partial = scratch + offset; partial < stop; partial += padded) {
      sum = f32x4.add(sum, v128.load(partial));
    }
    if (accumulate) sum = f32x4.add(sum, v128.load(y));
    if (column + 4 <= end) v128.store(y, sum);
    else storePart(y, sum, end - column);
  }
}
