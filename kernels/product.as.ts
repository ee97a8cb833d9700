// What the matrix products share, AssemblyScript: packed panels of both factors and tiles of the result.
//
// The tile is 4 rows × 8 columns. V8 checks the bounds of every load, which costs as much as the load: so the rows
// come four at a time from a panel of A (4 rows side by side, K vectors) and are spread by shuffles. With panels of
// B (8 columns side by side) that makes 3 loads per 8 multiply-adds, and what is live fits the 15 registers that
// V8 has. Larger tiles and unrolled loops spill.
// B is packed whole, in a phase of its own; of A each thread packs a block at a time, which then lies in its caches.
import { madd, privateScratch } from "./simd.as";

/** Rows and columns of the result that are one unit of work. */
export const TILE_M: i32 = 32;
export const TILE_N: i32 = 256;
/** Inner dimension of a pass: a panel of B stays in the first-level cache. */
export const PASS_K: i32 = 256;

/** Rows or columns that are packed as one unit: a cache line of floats. */
export const PACK_UNIT: i32 = 16;

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

/**
 * Packs a range of a factor into panels of `width` words side by side, K times; zeros beyond the range.
 *
 * @param from First element of the range.
 * @param stride Bytes from one row of the factor to the next.
 * @param inRows Whether the range is rows, each with K elements; else columns of K rows.
 * @param count Length of the range, at most {@link PACK_UNIT}.
 */
function packPanels(
  from: usize,
  stride: usize,
  inRows: bool,
  count: i32,
  width: i32,
  K: i32,
  panel: usize,
): void {
  const step = <usize> width << 2;
  const panelBytes = step * <usize> K;
  if (!inRows && count == PACK_UNIT) {
    const next = width == 8 ? 16 : panelBytes;
    const third = width == 8 ? panelBytes : 2 * panelBytes;
    for (let k = 0; k < K; k++) {
      v128.store(panel, v128.load(from));
      v128.store(panel + next, v128.load(from, 16));
      v128.store(panel + third, v128.load(from, 32));
      v128.store(panel + third + next, v128.load(from, 48));
      from += stride;
      panel += step;
    }
    return;
  }
  for (let i = 0; i < count; i += width) {
    const part = min(width, count - i);
    if (part < width) memory.fill(panel, 0, panelBytes);
    if (inRows) {
      transposeWords(from, stride, part, K, panel, step);
      from += <usize> width * stride;
    } else {
      for (let k = 0; k < K; k++) {
        const to = panel + <usize> k * step;
        for (let word: usize = 0; word < <usize> part << 2; word += 4) {
          store<u32>(to + word, load<u32>(from + <usize> k * stride + word));
        }
      }
      from += step;
    }
    panel += panelBytes;
  }
}

/** Packs the columns of B from 16 · `unit` on into panels of 8. */
export function packColumns(
  factor: usize,
  transposed: bool,
  unit: i32,
  N: i32,
  K: i32,
  panels: usize,
): void {
  const n = unit * PACK_UNIT;
  const stride = <usize> (transposed ? K : N) << 2;
  packPanels(
    factor + <usize> n * (transposed ? stride : 4),
    stride,
    transposed,
    min(PACK_UNIT, N - n),
    8,
    K,
    panels + (<usize> n * <usize> K << 2),
  );
}

/** Packs `depth` elements of the rows of A from `m` to `end`, from element `k` on, into panels of 4. */
export function packBlock(
  factor: usize,
  transposed: bool,
  m: i32,
  end: i32,
  k: i32,
  depth: i32,
  M: i32,
  K: i32,
  panels: usize,
): void {
  const stride = <usize> (transposed ? M : K) << 2;
  for (; m < end; m += PACK_UNIT) {
    const at = transposed
      ? <usize> k * stride + (<usize> m << 2)
      : <usize> m * stride + (<usize> k << 2);
    packPanels(factor + at, stride, !transposed, min(PACK_UNIT, end - m), 4, depth, panels);
    panels += <usize> (PACK_UNIT * 4) * <usize> depth;
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

/** Stores up to four columns of a row plus what is at `first` and `second`, unless they are 0. */
function storeSum(c: usize, v: v128, columns: i32, first: usize, second: usize): void {
  if (first != 0) v = f32x4.add(v, loadPart(first, columns));
  if (second != 0) v = f32x4.add(v, loadPart(second, columns));
  storePart(c, v, columns);
}

/** Stores up to eight columns of a row likewise. */
function storeRow(
  c: usize,
  low: v128,
  high: v128,
  columns: i32,
  first: usize,
  second: usize,
): void {
  storeSum(c, low, columns, first, second);
  if (columns <= 4) return;
  storeSum(c + 16, high, columns - 4, first != 0 ? first + 16 : 0, second != 0 ? second + 16 : 0);
}

/**
 * Stores rows × columns of a tile, at most 4 × 8, plus what is at `first` and `second` unless they are 0: the former
 * lies like `c`, rows of the latter are `secondStride` apart.
 */
export function storeTile(
  c00: v128,
  c01: v128,
  c10: v128,
  c11: v128,
  c20: v128,
  c21: v128,
  c30: v128,
  c31: v128,
  c: usize,
  stride: usize,
  rows: i32,
  columns: i32,
  first: usize,
  second: usize,
  secondStride: usize,
): void {
  const row1 = c + stride;
  const row2 = c + 2 * stride;
  const row3 = c + 3 * stride;
  if (rows == 4 && columns == 8) {
    if (first != 0) {
      c00 = f32x4.add(c00, v128.load(first));
      c01 = f32x4.add(c01, v128.load(first, 16));
      first += stride;
      c10 = f32x4.add(c10, v128.load(first));
      c11 = f32x4.add(c11, v128.load(first, 16));
      first += stride;
      c20 = f32x4.add(c20, v128.load(first));
      c21 = f32x4.add(c21, v128.load(first, 16));
      first += stride;
      c30 = f32x4.add(c30, v128.load(first));
      c31 = f32x4.add(c31, v128.load(first, 16));
    }
    if (second != 0) {
      c00 = f32x4.add(c00, v128.load(second));
      c01 = f32x4.add(c01, v128.load(second, 16));
      second += secondStride;
      c10 = f32x4.add(c10, v128.load(second));
      c11 = f32x4.add(c11, v128.load(second, 16));
      second += secondStride;
      c20 = f32x4.add(c20, v128.load(second));
      c21 = f32x4.add(c21, v128.load(second, 16));
      second += secondStride;
      c30 = f32x4.add(c30, v128.load(second));
      c31 = f32x4.add(c31, v128.load(second, 16));
    }
    v128.store(c, c00);
    v128.store(c, c01, 16);
    v128.store(row1, c10);
    v128.store(row1, c11, 16);
    v128.store(row2, c20);
    v128.store(row2, c21, 16);
    v128.store(row3, c30);
    v128.store(row3, c31, 16);
    return;
  }
  storeRow(c, c00, c01, columns, first, second);
  if (rows == 1) return;
  if (first != 0) first += stride;
  if (second != 0) second += secondStride;
  storeRow(row1, c10, c11, columns, first, second);
  if (rows == 2) return;
  if (first != 0) first += stride;
  if (second != 0) second += secondStride;
  storeRow(row2, c20, c21, columns, first, second);
  if (rows == 3) return;
  if (first != 0) first += stride;
  if (second != 0) second += secondStride;
  storeRow(row3, c30, c31, columns, first, second);
}

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
