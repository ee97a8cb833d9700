// What the matrix products share, AssemblyScript: packed panels of both factors and tiles of the result.
//
// The tile is 4 rows × 8 columns. V8 checks the bounds of every load, which costs as much as the load: so the rows
// come four at a time from a panel of A (4 rows side by side, K vectors) and are spread by shuffles. With panels of
// B (8 columns side by side) that makes 3 loads per 8 multiply-adds, and what is live fits the 15 registers that
// V8 has. Larger tiles and unrolled loops spill.
// B is packed whole, in a phase of its own; of A each thread packs a block at a time, which then lies in its caches.
import { packBlock } from "./panels.as";
import { madd, privateScratch } from "../../shared/simd.as";
import { storeTile } from "./store_tile.as";

/** Rows and columns of the result that are one unit of work. */
export const TILE_M: i32 = 32;
export const TILE_N: i32 = 256;
/** Inner dimension of a pass: a panel of B stays in the first-level cache. */
export const PASS_K: i32 = 256;

/** Stores a tile of the product of `depth` vectors of the panels at `a` and `b`, see {@link storeTile}. */
function multiplyTile(
  a: usize,
  b: usize,
  depth: i32,
  c: usize,
  stride: usize,
  rows: i32,
  columns: i32,
  first: usize,
  second: usize,
  secondStride: usize,
): void {
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  const end = a + (<usize> depth << 4);
  while (a < end) {
    const four = v128.load(a);
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const x0 = v128.shuffle<i32>(four, four, 0, 0, 0, 0);
    c00 = madd(x0, b0, c00);
    c01 = madd(x0, b1, c01);
    const x1 = v128.shuffle<i32>(four, four, 1, 1, 1, 1);
    c10 = madd(x1, b0, c10);
    c11 = madd(x1, b1, c11);
    const x2 = v128.shuffle<i32>(four, four, 2, 2, 2, 2);
    c20 = madd(x2, b0, c20);
    c21 = madd(x2, b1, c21);
    const x3 = v128.shuffle<i32>(four, four, 3, 3, 3, 3);
    c30 = madd(x3, b0, c30);
    c31 = madd(x3, b1, c31);
    a += 16;
    b += 32;
  }
  storeTile(
    c00,
    c01,
    c10,
    c11,
    c20,
    c21,
    c30,
    c31,
    c,
    stride,
    rows,
    columns,
    first,
    second,
    secondStride,
  );
}

/**
 * Units `begin` to `end` of a product: tiles of {@link TILE_M} × {@link TILE_N}, row of tiles by row of tiles.
 *
 * @param a The factor A, (M, K), or (K, M) if it is transposed.
 * @param bias One float per column, added to every row, or 0; what accumulates has none.
 * @param b Panels of 8 columns; after them every thread has room for a block of A.
 */
export function multiplyPanels(
  begin: i32,
  end: i32,
  a: usize,
  transposed: bool,
  b: usize,
  residual: usize,
  bias: usize,
  c: usize,
  M: i32,
  N: i32,
  K: i32,
  accumulate: bool,
): void {
  const across = (N + TILE_N - 1) / TILE_N;
  const rowBytes = <usize> K << 2;
  const stride = <usize> N << 2;
  const block = privateScratch(
    b,
    <usize> ((N + 7) & ~7) * rowBytes,
    <usize> (TILE_M * 4) * <usize> min(PASS_K, K),
  );
  for (let tile = begin; tile < end; tile++) {
    const m0 = tile / across * TILE_M;
    const n0 = tile % across * TILE_N;
    const mEnd = min(m0 + TILE_M, M);
    const nEnd = min(n0 + TILE_N, N);
    for (let k = 0; k < K; k += PASS_K) {
      const depth = min(PASS_K, K - k);
      const first = k == 0 ? residual : 0;
      const onTop = k > 0 || accumulate;
      const second = onTop ? c : bias;
      const secondStride = onTop ? stride : 0;
      packBlock(a, transposed, m0, mEnd, k, depth, M, K, block);
      for (let n = n0; n < nEnd; n += 8) {
        const panelB = b + <usize> n * rowBytes + (<usize> k << 5);
        for (let m = m0; m < mEnd; m += 4) {
          const at = <usize> m * stride + (<usize> n << 2);
          multiplyTile(
            block + (<usize> (m - m0) * <usize> depth << 2),
            panelB,
            depth,
            c + at,
            stride,
            min(4, mEnd - m),
            min(8, nEnd - n),
            first != 0 ? first + at : 0,
            second != 0 ? second + (onTop ? at : <usize> n << 2) : 0,
            secondStride,
          );
        }
      }
    }
  }
}
