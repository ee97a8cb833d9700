// y[c] = [y[c] +] Σ_r x[r, c]. The twin of column_sum.wgsl, in two phases. The first sums a block of ROWS_AT_A_TIME rows
// per unit into its own row of the scratch. The second sums these rows in order; a unit is a column. Blocks do not
// depend on the threads, so neither does the sum.
import { ColumnSumArguments } from "./arguments.as";
import { addAll } from "../elementwise/add.as";
import { storePart } from "../shared/simd.as";

/** SUMMED_ROWS of src/device/cpu/row_phases.ts. */
const ROWS_AT_A_TIME = 32;

/** Bytes of one row of the scratch. */
// @inline
function paddedBytes(columns: i32): usize {
  return <usize> ((columns + 15) & ~15) << 2;
}

export function columnSum(args: ColumnSumArguments, begin: i32, end: i32, scratch: usize): void {
  const rows = args.ROWS;
  const columns = args.COLUMNS;
  const stride = <usize> columns << 2;
  const padded = paddedBytes(columns);
  for (let block = begin; block < end; block++) {
    const partial = scratch + <usize> block * padded;
    memory.fill(partial, 0, padded);
    const first = block * ROWS_AT_A_TIME;
    const last = min(first + ROWS_AT_A_TIME, rows);
    let x = args.x + <usize> first * stride;
    // Two rows at a time cost less, but then the processor no longer fetches the next lines in advance.
    for (let row = first; row < last; row++) {
      addAll(x, 0, partial, columns, false, true);
      x += stride;
    }
  }
}

export function columnSumFinish(
  args: ColumnSumArguments,
  begin: i32,
  end: i32,
  scratch: usize,
): void {
  const rows = args.ROWS;
  const padded = paddedBytes(args.COLUMNS);
  const accumulate = args.ACCUMULATE;
  const stop = scratch + <usize> ((rows + ROWS_AT_A_TIME - 1) / ROWS_AT_A_TIME) * padded;
  for (let column = begin; column < end; column += 4) {
    const offset = <usize> column << 2;
    const y = args.y + offset;
    let sum = f32x4.splat(0);
    for (let partial = scratch + offset; partial < stop; partial += padded) {
      sum = f32x4.add(sum, v128.load(partial));
    }
    if (accumulate) sum = f32x4.add(sum, v128.load(y));
    if (column + 4 <= end) v128.store(y, sum);
    else storePart(y, sum, end - column);
  }
}
