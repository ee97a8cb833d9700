// y[c] = [y[c] +] Σ_r x[r, c]. The twin of column_sum.wgsl, in two phases. The first sums a block of ROWS_AT_A_TIME rows
// per unit into its own row of the scratch. The second sums these rows in order; a unit is a column. Blocks do not
// depend on the threads, so neither does the sum.
// 0 x   1 y   2 ROWS   3 COLUMNS   4 ACCUMULATE
import { addAll } from "../elementwise/add.as";
import { integer, pointer, storePart } from "../shared/simd.as";

/** SUMMED_ROWS of src/device/cpu/row_phases.ts. */
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
    // Two rows at a time cost less, but then the processor no longer fetches the next lines in advance.
    for (let row = first; row < last; row++) {
      addAll(x, 0, partial, columns, false, true);
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
