// A float matrix times codes in integers, AssemblyScript: twice the multiply-adds per instruction that floats have.
//
// Each row of A, times the scales of the codes, is rounded to 16 bits, with one scale per pass over the inner dimension:
// as far as rounding goes that is float with 15 bits in place of 24, for numbers near the largest of their row. The sums
// are exact. Panels are those of product.as.ts with two values of 16 bits in place of a float, of k and k + 1.
import { PACK_UNIT, packBlock } from "./panels.as";
import { PASS_K, TILE_M, TILE_N } from "./product.as";
import { MIN_PEAK, rounded } from "./rounding.as";
import { magnitude, privateScratch, rounder } from "../../shared/simd.as";
import { storeTile } from "./store_tile.as";

/** Largest code of A. With codes of 8 bits the sums of a pass stay below 2^31. */
const LARGEST: f32 = 32767;

/** Bytes of a panel of 8 columns of codes. */
// @inline
function panelBytes(K: i32): usize {
  return <usize> ((K + 1) >> 1) << 5;
}

/** Eight codes as 16 bits; where a row ends after four, the next four do not exist. */
// @inline
function eightCodes(from: usize, half: bool): v128 {
  return i16x8.extend_low_i8x16_s(half ? v128.load32_zero(from) : v128.load64_zero(from));
}

/** Packs the columns of codes (K, N) from `n` on, at most eight. Rows are `stride` bytes apart. */
export function packPairs(codes: usize, stride: i32, n: i32, K: i32, panels: usize): void {
  let from = codes + <usize> n;
  let panel = panels + <usize> (n >> 3) * panelBytes(K);
  const half = n + 8 > stride;
  for (let k = 0; k < K; k += 2) {
    const even = eightCodes(from, half);
    from += <usize> stride;
    const odd = k + 1 < K ? eightCodes(from, half) : i16x8.splat(0);
    from += <usize> stride;
    v128.store(panel, v128.shuffle<i16>(even, odd, 0, 8, 1, 9, 2, 10, 3, 11));
    v128.store(panel, v128.shuffle<i16>(even, odd, 4, 12, 5, 13, 6, 14, 7, 15), 16);
    panel += 32;
  }
}

/** Four integers of k and four of k + 1 as 16 bits, those of a row side by side. */
// @inline
function paired(even: v128, odd: v128): v128 {
  const both = i16x8.narrow_i32x4_s(even, odd);
  return v128.shuffle<i16>(both, both, 0, 4, 1, 5, 2, 6, 3, 7);
}

/** Rounds a panel of A in place, `depth` vectors of four rows; returns the scales of the rows. */
function roundPanel(panel: usize, scales: usize, depth: i32): v128 {
  const end = panel + (<usize> depth << 4);
  // As integers the absolute values have the same order, and a NaN is above all.
  const size = magnitude();
  let peaks = f32x4.splat(MIN_PEAK);
  for (let at = panel; at < end; at += 16) {
    const scaled = f32x4.mul(v128.load(at), v128.load32_splat(scales));
    v128.store(at, scaled);
    peaks = i32x4.max_s(peaks, v128.and(scaled, size));
    scales += 4;
  }
  const inverses = f32x4.div(f32x4.splat(LARGEST), peaks);
  const shift = rounder();
  let to = panel;
  let at = panel;
  for (; at + 16 < end; at += 32) {
    const even = rounded(v128.load(at), inverses, shift);
    v128.store(to, paired(even, rounded(v128.load(at, 16), inverses, shift)));
    to += 16;
  }
  if (at < end) v128.store(to, paired(rounded(v128.load(at), inverses, shift), i32x4.splat(0)));
  return f32x4.div(peaks, f32x4.splat(LARGEST));
}

/**
 * Packs 16 columns of A into four panels, rounded, straight from where they lie: what `packBlock` and `roundPanel` do,
 * with half as many loads and stores.
 *
 * @param stride Bytes from one row of A to the next.
 * @param rowScales Receives the scales of the columns.
 */
function roundColumns(
  from: usize,
  stride: usize,
  scales: usize,
  depth: i32,
  panel: usize,
  rowScales: usize,
): void {
  const size = magnitude();
  let peaks0 = f32x4.splat(MIN_PEAK);
  let peaks1 = peaks0;
  let peaks2 = peaks0;
  let peaks3 = peaks0;
  let at = from;
  let scale = scales;
  const scalesEnd = scales + (<usize> depth << 2);
  for (; scale < scalesEnd; scale += 4) {
    const inverse = v128.load32_splat(scale);
    peaks0 = i32x4.max_s(peaks0, v128.and(f32x4.mul(v128.load(at), inverse), size));
    peaks1 = i32x4.max_s(peaks1, v128.and(f32x4.mul(v128.load(at, 16), inverse), size));
    peaks2 = i32x4.max_s(peaks2, v128.and(f32x4.mul(v128.load(at, 32), inverse), size));
    peaks3 = i32x4.max_s(peaks3, v128.and(f32x4.mul(v128.load(at, 48), inverse), size));
    at += stride;
  }
  const largest = f32x4.splat(LARGEST);
  v128.store(rowScales, f32x4.div(peaks0, largest));
  v128.store(rowScales, f32x4.div(peaks1, largest), 16);
  v128.store(rowScales, f32x4.div(peaks2, largest), 32);
  v128.store(rowScales, f32x4.div(peaks3, largest), 48);
  const inverses0 = f32x4.div(largest, peaks0);
  const inverses1 = f32x4.div(largest, peaks1);
  const inverses2 = f32x4.div(largest, peaks2);
  const inverses3 = f32x4.div(largest, peaks3);
  const shift = rounder();
  const panelBytes = <usize> depth << 4;
  at = from;
  for (scale = scales; scale < scalesEnd; scale += 8) {
    const even = v128.load32_splat(scale);
    // Beyond the last row there is none: the last once more, times 0.
    const last = scale + 4 == scalesEnd;
    const odd = last ? f32x4.splat(0) : v128.load32_splat(scale, 4);
    const next = last ? at : at + stride;
    const a0 = rounded(f32x4.mul(v128.load(at), even), inverses0, shift);
    const a1 = rounded(f32x4.mul(v128.load(at, 16), even), inverses1, shift);
    const a2 = rounded(f32x4.mul(v128.load(at, 32), even), inverses2, shift);
    const a3 = rounded(f32x4.mul(v128.load(at, 48), even), inverses3, shift);
    const b0 = rounded(f32x4.mul(v128.load(next), odd), inverses0, shift);
    const b1 = rounded(f32x4.mul(v128.load(next, 16), odd), inverses1, shift);
    const b2 = rounded(f32x4.mul(v128.load(next, 32), odd), inverses2, shift);
    const b3 = rounded(f32x4.mul(v128.load(next, 48), odd), inverses3, shift);
    v128.store(panel, paired(a0, b0));
    v128.store(panel + panelBytes, paired(a1, b1));
    v128.store(panel + 2 * panelBytes, paired(a2, b2));
    v128.store(panel + 3 * panelBytes, paired(a3, b3));
    at = next + stride;
    panel += 16;
  }
}

/** Packs `depth` elements of the rows of A from `m` to `end`, from element `k` on, as `packBlock` does, rounded. */
function roundBlock(
  a: usize,
  transposed: bool,
  m: i32,
  end: i32,
  k: i32,
  depth: i32,
  M: i32,
  K: i32,
  scales: usize,
  panels: usize,
  rowScales: usize,
): void {
  for (; m < end; m += PACK_UNIT) {
    const count = min(PACK_UNIT, end - m);
    if (transposed && count == PACK_UNIT) {
      const stride = <usize> M << 2;
      const from = a + <usize> k * stride + (<usize> m << 2);
      roundColumns(from, stride, scales, depth, panels, rowScales);
    } else {
      packBlock(a, transposed, m, m + count, k, depth, M, K, panels);
      for (let row = 0; row < count; row += 4) {
        const panel = panels + (<usize> row << 2) * <usize> depth;
        v128.store(rowScales + (<usize> row << 2), roundPanel(panel, scales, depth));
      }
    }
    panels += <usize> (PACK_UNIT * 4) * <usize> depth;
    rowScales += <usize> PACK_UNIT << 2;
  }
}

/** Stores a tile of the product of `pairs` vectors of the panels at `a` and `b`, see `storeTile`. */
function multiplyTile(
  a: usize,
  scales: v128,
  b: usize,
  pairs: i32,
  c: usize,
  stride: usize,
  rows: i32,
  columns: i32,
  first: usize,
  second: usize,
): void {
  let c00 = i32x4.splat(0);
  let c01 = i32x4.splat(0);
  let c10 = i32x4.splat(0);
  let c11 = i32x4.splat(0);
  let c20 = i32x4.splat(0);
  let c21 = i32x4.splat(0);
  let c30 = i32x4.splat(0);
  let c31 = i32x4.splat(0);
  const end = a + (<usize> pairs << 4);
  while (a < end) {
    const four = v128.load(a);
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const x0 = v128.shuffle<i32>(four, four, 0, 0, 0, 0);
    c00 = i32x4.add(c00, i32x4.dot_i16x8_s(x0, b0));
    c01 = i32x4.add(c01, i32x4.dot_i16x8_s(x0, b1));
    const x1 = v128.shuffle<i32>(four, four, 1, 1, 1, 1);
    c10 = i32x4.add(c10, i32x4.dot_i16x8_s(x1, b0));
    c11 = i32x4.add(c11, i32x4.dot_i16x8_s(x1, b1));
    const x2 = v128.shuffle<i32>(four, four, 2, 2, 2, 2);
    c20 = i32x4.add(c20, i32x4.dot_i16x8_s(x2, b0));
    c21 = i32x4.add(c21, i32x4.dot_i16x8_s(x2, b1));
    const x3 = v128.shuffle<i32>(four, four, 3, 3, 3, 3);
    c30 = i32x4.add(c30, i32x4.dot_i16x8_s(x3, b0));
    c31 = i32x4.add(c31, i32x4.dot_i16x8_s(x3, b1));
    a += 16;
    b += 32;
  }
  const step0 = v128.shuffle<i32>(scales, scales, 0, 0, 0, 0);
  const step1 = v128.shuffle<i32>(scales, scales, 1, 1, 1, 1);
  const step2 = v128.shuffle<i32>(scales, scales, 2, 2, 2, 2);
  const step3 = v128.shuffle<i32>(scales, scales, 3, 3, 3, 3);
  storeTile(
    f32x4.mul(f32x4.convert_i32x4_s(c00), step0),
    f32x4.mul(f32x4.convert_i32x4_s(c01), step0),
    f32x4.mul(f32x4.convert_i32x4_s(c10), step1),
    f32x4.mul(f32x4.convert_i32x4_s(c11), step1),
    f32x4.mul(f32x4.convert_i32x4_s(c20), step2),
    f32x4.mul(f32x4.convert_i32x4_s(c21), step2),
    f32x4.mul(f32x4.convert_i32x4_s(c30), step3),
    f32x4.mul(f32x4.convert_i32x4_s(c31), step3),
    c,
    stride,
    rows,
    columns,
    first,
    second,
    stride,
  );
}

/**
 * Units `begin` to `end` of a product: tiles as `multiplyPanels` has them.
 *
 * @param a The factor A, (M, K), or (K, M) if it is transposed.
 * @param scales Of the rows of the codes, K floats.
 * @param b Panels of 8 columns of codes; after them every thread has room for a block of A and its scales.
 */
export function multiplyPairs(
  begin: i32,
  end: i32,
  a: usize,
  transposed: bool,
  scales: usize,
  b: usize,
  residual: usize,
  c: usize,
  M: i32,
  N: i32,
  K: i32,
  accumulate: bool,
): void {
  const across = (N + TILE_N - 1) / TILE_N;
  const stride = <usize> N << 2;
  const blockBytes = <usize> (TILE_M * 4) * <usize> min(PASS_K, K);
  const block = privateScratch(
    b,
    <usize> ((N + 7) >> 3) * panelBytes(K),
    blockBytes + <usize> (TILE_M * 4),
  );
  const blockScales = block + blockBytes;
  for (let tile = begin; tile < end; tile++) {
    const m0 = tile / across * TILE_M;
    const n0 = tile % across * TILE_N;
    const mEnd = min(m0 + TILE_M, M);
    const nEnd = min(n0 + TILE_N, N);
    for (let k = 0; k < K; k += PASS_K) {
      const depth = min(PASS_K, K - k);
      const pairs = (depth + 1) >> 1;
      const first = k == 0 ? residual : 0;
      const second = k > 0 || accumulate ? c : 0;
      const kScales = scales + (<usize> k << 2);
      roundBlock(a, transposed, m0, mEnd, k, depth, M, K, kScales, block, blockScales);
      for (let n = n0; n < nEnd; n += 8) {
        const panelB = b + <usize> (n >> 3) * panelBytes(K) + (<usize> k << 4);
        for (let m = m0; m < mEnd; m += 4) {
          const at = <usize> m * stride + (<usize> n << 2);
          const row = <usize> (m - m0) << 2;
          multiplyTile(
            block + row * <usize> depth,
            v128.load(blockScales + row),
            panelB,
            pairs,
            c + at,
            stride,
            min(4, mEnd - m),
            min(8, nEnd - n),
            first != 0 ? first + at : 0,
            second != 0 ? second + at : 0,
          );
        }
      }
    }
  }
}
