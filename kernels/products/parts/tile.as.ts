// The product of 4 rows × 8 columns that larger ones are made of, AssemblyScript. product.as.ts says why it has this size
// and why the rows are spread by shuffles.
import { madd } from "../../shared/simd.as";

/**
 * A product of 4 rows × 8 columns: to[i, j] = [to[i, j] +] Σ_k rows[k, i] · columns[k, j], k below `depth`.
 *
 * @param rows 4 floats side by side, `rowScale` bytes further for the next k.
 * @param columns 8 floats likewise.
 * @param pitch Bytes from one row of the result to the next.
 * @param onTop Whether it is added to what is there.
 */
export function multiplyTile(
  rows: usize,
  rowScale: usize,
  columns: usize,
  columnScale: usize,
  depth: i32,
  to: usize,
  pitch: usize,
  onTop: bool,
): void {
  const to1 = to + pitch;
  const to2 = to1 + pitch;
  const to3 = to2 + pitch;
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c0 = a0;
  let c1 = a0;
  let e0 = a0;
  let e1 = a0;
  if (onTop) {
    a0 = v128.load(to);
    a1 = v128.load(to, 16);
    b0 = v128.load(to1);
    b1 = v128.load(to1, 16);
    c0 = v128.load(to2);
    c1 = v128.load(to2, 16);
    e0 = v128.load(to3);
    e1 = v128.load(to3, 16);
  }
  const end = rows + <usize> depth * rowScale;
  while (rows < end) {
    const four = v128.load(rows);
    const low = v128.load(columns);
    const high = v128.load(columns, 16);
    const x0 = v128.shuffle<i32>(four, four, 0, 0, 0, 0);
    a0 = madd(x0, low, a0);
    a1 = madd(x0, high, a1);
    const x1 = v128.shuffle<i32>(four, four, 1, 1, 1, 1);
    b0 = madd(x1, low, b0);
    b1 = madd(x1, high, b1);
    const x2 = v128.shuffle<i32>(four, four, 2, 2, 2, 2);
    c0 = madd(x2, low, c0);
    c1 = madd(x2, high, c1);
    const x3 = v128.shuffle<i32>(four, four, 3, 3, 3, 3);
    e0 = madd(x3, low, e0);
    e1 = madd(x3, high, e1);
    rows += rowScale;
    columns += columnScale;
  }
  v128.store(to, a0);
  v128.store(to, a1, 16);
  v128.store(to1, b0);
  v128.store(to1, b1, 16);
  v128.store(to2, c0);
  v128.store(to2, c1, 16);
  v128.store(to3, e0);
  v128.store(to3, e1, 16);
}
