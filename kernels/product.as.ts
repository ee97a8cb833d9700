// What the matrix products share, AssemblyScript: tiles of C = A·B from rows of A and packed panels of B.
//
// A panel is 8 columns of B, K rows of 32 bytes, zeros beyond the last column. The tile is 6 rows × 8 columns: its
// 12 accumulators, two vectors of B and one of A are what the registers of the processor hold.
import { madd } from "./simd.as";

/** Rows of A and columns of B that are one unit of work. */
export const TILE_M: i32 = 48;
export const TILE_N: i32 = 64;
/** Inner dimension of a pass: the panel stays in the first-level cache. */
const PASS_K: i32 = 256;

/** Copies a matrix (rows, columns) of words transposed: row i becomes column i. Strides in bytes. */
export function transposeWords(
  from: usize,
  fromStride: usize,
  rows: i32,
  columns: i32,
  to: usize,
  toStride: usize,
): void {
  let row = 0;
  for (; row + 4 <= rows; row += 4) {
    let a = from;
    let b = to;
    let column = 0;
    for (; column + 4 <= columns; column += 4) {
      const v0 = v128.load(a);
      const v1 = v128.load(a + fromStride);
      const v2 = v128.load(a + 2 * fromStride);
      const v3 = v128.load(a + 3 * fromStride);
      const low01 = v128.shuffle<i32>(v0, v1, 0, 4, 1, 5);
      const low23 = v128.shuffle<i32>(v2, v3, 0, 4, 1, 5);
      const high01 = v128.shuffle<i32>(v0, v1, 2, 6, 3, 7);
      const high23 = v128.shuffle<i32>(v2, v3, 2, 6, 3, 7);
      v128.store(b, v128.shuffle<i64>(low01, low23, 0, 2));
      v128.store(b + toStride, v128.shuffle<i64>(low01, low23, 1, 3));
      v128.store(b + 2 * toStride, v128.shuffle<i64>(high01, high23, 0, 2));
      v128.store(b + 3 * toStride, v128.shuffle<i64>(high01, high23, 1, 3));
      a += 16;
      b += 4 * toStride;
    }
    for (; column < columns; column++) {
      store<u32>(b, load<u32>(a));
      store<u32>(b, load<u32>(a + fromStride), 4);
      store<u32>(b, load<u32>(a + 2 * fromStride), 8);
      store<u32>(b, load<u32>(a + 3 * fromStride), 12);
      a += 4;
      b += toStride;
    }
    from += 4 * fromStride;
    to += 16;
  }
  for (; row < rows; row++) {
    let b = to;
    for (let column = 0; column < columns; column++) {
      store<u32>(b, load<u32>(from + (<usize> column << 2)));
      b += toStride;
    }
    from += fromStride;
    to += 4;
  }
}

/** Up to four floats, zeros beyond. */
export function loadPart(address: usize, count: i32): v128 {
  if (count >= 4) return v128.load(address);
  if (count <= 0) return f32x4.splat(0);
  if (count == 1) return v128.load32_zero(address);
  const pair = v128.load64_zero(address);
  return count == 2 ? pair : v128.load32_lane(address, pair, 2, 8);
}

/** The first floats of a vector, at most four. */
export function storePart(address: usize, v: v128, count: i32): void {
  if (count >= 4) {
    v128.store(address, v);
  } else if (count >= 2) {
    v128.store64_lane(address, v, 0);
    if (count == 3) v128.store32_lane(address, v, 2, 8);
  } else if (count == 1) v128.store32_lane(address, v, 0);
}

/** Stores one row of a tile plus what is at `first` and `second`, unless they are 0. */
function storeRow(
  c: usize,
  columns: i32,
  low: v128,
  high: v128,
  first: usize,
  second: usize,
): void {
  if (columns >= 8) {
    if (first != 0) {
      low = f32x4.add(low, v128.load(first));
      high = f32x4.add(high, v128.load(first, 16));
    }
    if (second != 0) {
      low = f32x4.add(low, v128.load(second));
      high = f32x4.add(high, v128.load(second, 16));
    }
    v128.store(c, low);
    v128.store(c, high, 16);
    return;
  }
  if (first != 0) {
    low = f32x4.add(low, loadPart(first, columns));
    high = f32x4.add(high, loadPart(first + 16, columns - 4));
  }
  if (second != 0) {
    low = f32x4.add(low, loadPart(second, columns));
    high = f32x4.add(high, loadPart(second + 16, columns - 4));
  }
  storePart(c, low, columns);
  storePart(c + 16, high, columns - 4);
}

/**
 * Stores up to 6 rows × 8 columns of the product of `k` elements of the rows at `a` with the panel at `b`, plus
 * what is at `first` and `second` unless they are 0: those lie like `c`.
 */
function multiplyTile(
  a: usize,
  aStride: usize,
  rows: i32,
  b: usize,
  k: i32,
  c: usize,
  cStride: usize,
  columns: i32,
  first: usize,
  second: usize,
): void {
  // Rows beyond the last one repeat it and are not stored.
  let a0 = a;
  let a1 = rows > 1 ? a0 + aStride : a0;
  let a2 = rows > 2 ? a1 + aStride : a1;
  let a3 = rows > 3 ? a2 + aStride : a2;
  let a4 = rows > 4 ? a3 + aStride : a3;
  let a5 = rows > 5 ? a4 + aStride : a4;
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  let c40 = f32x4.splat(0);
  let c41 = f32x4.splat(0);
  let c50 = f32x4.splat(0);
  let c51 = f32x4.splat(0);
  let b0: v128;
  let b1: v128;
  let x: v128;
  if (k & 1) {
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    x = v128.load32_splat(a0);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = v128.load32_splat(a1);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = v128.load32_splat(a2);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = v128.load32_splat(a3);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    x = v128.load32_splat(a4);
    c40 = madd(x, b0, c40);
    c41 = madd(x, b1, c41);
    x = v128.load32_splat(a5);
    c50 = madd(x, b0, c50);
    c51 = madd(x, b1, c51);
    b += 32;
    a0 += 4;
    a1 += 4;
    a2 += 4;
    a3 += 4;
    a4 += 4;
    a5 += 4;
  }
  const end = b + (<usize> (k & ~1) << 5);
  while (b < end) {
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    x = v128.load32_splat(a0);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = v128.load32_splat(a1);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = v128.load32_splat(a2);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = v128.load32_splat(a3);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    x = v128.load32_splat(a4);
    c40 = madd(x, b0, c40);
    c41 = madd(x, b1, c41);
    x = v128.load32_splat(a5);
    c50 = madd(x, b0, c50);
    c51 = madd(x, b1, c51);
    b0 = v128.load(b, 32);
    b1 = v128.load(b, 48);
    x = v128.load32_splat(a0, 4);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = v128.load32_splat(a1, 4);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = v128.load32_splat(a2, 4);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = v128.load32_splat(a3, 4);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    x = v128.load32_splat(a4, 4);
    c40 = madd(x, b0, c40);
    c41 = madd(x, b1, c41);
    x = v128.load32_splat(a5, 4);
    c50 = madd(x, b0, c50);
    c51 = madd(x, b1, c51);
    b += 64;
    a0 += 8;
    a1 += 8;
    a2 += 8;
    a3 += 8;
    a4 += 8;
    a5 += 8;
  }
  storeRow(c, columns, c00, c01, first, second);
  if (rows == 1) return;
  c += cStride;
  if (first != 0) first += cStride;
  if (second != 0) second += cStride;
  storeRow(c, columns, c10, c11, first, second);
  if (rows == 2) return;
  c += cStride;
  if (first != 0) first += cStride;
  if (second != 0) second += cStride;
  storeRow(c, columns, c20, c21, first, second);
  if (rows == 3) return;
  c += cStride;
  if (first != 0) first += cStride;
  if (second != 0) second += cStride;
  storeRow(c, columns, c30, c31, first, second);
  if (rows == 4) return;
  c += cStride;
  if (first != 0) first += cStride;
  if (second != 0) second += cStride;
  storeRow(c, columns, c40, c41, first, second);
  if (rows == 5) return;
  c += cStride;
  if (first != 0) first += cStride;
  if (second != 0) second += cStride;
  storeRow(c, columns, c50, c51, first, second);
}

/** Units `begin` to `end` of a product, tiles of {@link TILE_M} × {@link TILE_N}, row of tiles by row of tiles. */
export function multiplyTiles(
  begin: i32,
  end: i32,
  a: usize,
  panels: usize,
  residual: usize,
  c: usize,
  M: i32,
  N: i32,
  K: i32,
  accumulate: bool,
): void {
  const across = (N + TILE_N - 1) / TILE_N;
  const aStride = <usize> K << 2;
  const cStride = <usize> N << 2;
  for (let tile = begin; tile < end; tile++) {
    const m0 = tile / across * TILE_M;
    const n0 = tile % across * TILE_N;
    const mEnd = min(m0 + TILE_M, M);
    const nEnd = min(n0 + TILE_N, N);
    for (let k = 0; k < K; k += PASS_K) {
      const depth = min(PASS_K, K - k);
      const hasFirst = k == 0 && residual != 0;
      const hasSecond = k > 0 || accumulate;
      for (let n = n0; n < nEnd; n += 8) {
        const b = panels + (<usize> n * <usize> K << 2) + (<usize> k << 5);
        for (let m = m0; m < mEnd; m += 6) {
          const at = (<usize> m * <usize> N + <usize> n) << 2;
          multiplyTile(
            a + <usize> m * aStride + (<usize> k << 2),
            aStride,
            min(6, mEnd - m),
            b,
            depth,
            c + at,
            cStride,
            min(8, nEnd - n),
            hasFirst ? residual + at : 0,
            hasSecond ? c + at : 0,
          );
        }
      }
    }
  }
}
