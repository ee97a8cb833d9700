// A float matrix times small codes, both as bytes, AssemblyScript: twice the multiply-adds per instruction that 16 bits
// have.
//
// Each row of A, times the scales of the codes, is rounded to 8 bits, with one scale per pass over the inner dimension;
// code_tiles.as.ts then sums exactly.
import { addOffset, signedTile, sumRows, unsignedTile } from "./code_tiles.as";
import { high, highPair, low, lowPair } from "../../shared/interleave.as";
import { PASS_K, TILE_M, TILE_N } from "./product.as";
import { MIN_PEAK, rounded } from "./rounding.as";
import { magnitude, peakLane, privateScratch, rounder } from "../../shared/simd.as";
import { loadPart } from "./store_tile.as";

/** Largest code of A. */
const LARGEST: f32 = 127;

/** Before its words a panel of codes has its offset, a panel of A the sums of its rows and their scales. */
const OFFSET_BYTES: usize = 16;
const SUMS_BYTES: usize = 16;
const HEADER: usize = 32;

/** Scales of the columns: those of the codes belong to the inner dimension and are in A. */
const ONES: usize = memory.data<f32>([1, 1, 1, 1, 1, 1, 1, 1], 16);

/** Bytes of a panel of 8 columns of codes. */
// @inline
function panelBytes(K: i32): usize {
  return OFFSET_BYTES + (<usize> ((K + 3) >> 2) << 5);
}

/** Eight codes; where a row ends after four, the next four do not exist. Zeros for row `k` beyond the last. */
// @inline
function eightCodes(from: usize, half: bool, exists: bool): v128 {
  if (!exists) return i8x16.splat(0);
  return half ? v128.load32_zero(from) : v128.load64_zero(from);
}

/** The first eight bytes of two vectors, byte by byte. */
// @inline
function interleave(a: v128, b: v128): v128 {
  return v128.shuffle<i8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

/** Packs the columns of codes (K, N) from `n` on, at most eight. Rows are `stride` bytes apart. */
export function packWords(codes: usize, stride: i32, n: i32, K: i32, panels: usize): void {
  let from = codes + <usize> n;
  const panel = panels + <usize> (n >> 3) * panelBytes(K);
  const end = panel + panelBytes(K);
  const half = n + 8 > stride;
  let k = 0;
  for (let to = panel + OFFSET_BYTES; to < end; to += 32) {
    const row0 = eightCodes(from, half, true);
    const row1 = eightCodes(from + <usize> stride, half, k + 1 < K);
    const row2 = eightCodes(from + 2 * <usize> stride, half, k + 2 < K);
    const row3 = eightCodes(from + 3 * <usize> stride, half, k + 3 < K);
    const low = interleave(row0, row1);
    const high = interleave(row2, row3);
    v128.store(to, v128.shuffle<i16>(low, high, 0, 8, 1, 9, 2, 10, 3, 11));
    v128.store(to, v128.shuffle<i16>(low, high, 4, 12, 5, 13, 6, 14, 7, 15), 16);
    from += 4 * <usize> stride;
    k += 4;
  }
  store<i32>(panel, addOffset(panel + OFFSET_BYTES, end));
}

/** Scales a row of `depth` floats, followed by zeros up to a multiple of 16; returns the largest magnitude. */
function scaleRow(from: usize, scales: usize, depth: i32, to: usize): f32 {
  const size = magnitude();
  let peaks = f32x4.splat(MIN_PEAK);
  let k = 0;
  for (; k + 4 <= depth; k += 4) {
    const scaled = f32x4.mul(v128.load(from), v128.load(scales));
    v128.store(to, scaled);
    // As integers the absolute values have the same order, and a NaN is above all.
    peaks = i32x4.max_s(peaks, v128.and(scaled, size));
    from += 16;
    scales += 16;
    to += 16;
  }
  for (; k < ((depth + 15) & ~15); k += 4) {
    const scaled = f32x4.mul(loadPart(from, depth - k), loadPart(scales, depth - k));
    v128.store(to, scaled);
    peaks = i32x4.max_s(peaks, v128.and(scaled, size));
    from += 16;
    scales += 16;
    to += 16;
  }
  return peakLane(peaks);
}

/** Sixteen floats as bytes. */
// @inline
function sixteenBytes(from: usize, inverses: v128, shift: v128): v128 {
  const a = rounded(v128.load(from), inverses, shift);
  const b = rounded(v128.load(from, 16), inverses, shift);
  const c = rounded(v128.load(from, 32), inverses, shift);
  const d = rounded(v128.load(from, 48), inverses, shift);
  return i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
}

/**
 * Packs up to four rows, rounded.
 *
 * @param from Element of the first row.
 * @param stride Bytes from one row to the next.
 * @param scratch Room for four rows of floats.
 */
function packRows(
  from: usize,
  stride: usize,
  rows: i32,
  scales: usize,
  depth: i32,
  scratch: usize,
  panel: usize,
): void {
  const rowBytes = <usize> ((depth + 15) & ~15) << 2;
  for (let row = 0; row < 4; row++) {
    const to = scratch + <usize> row * rowBytes;
    let peak = MIN_PEAK;
    if (row < rows) peak = scaleRow(from + <usize> row * stride, scales, depth, to);
    else memory.fill(to, 0, rowBytes);
    store<f32>(panel + (<usize> row << 2), peak, SUMS_BYTES);
  }
  const peaks = v128.load(panel, SUMS_BYTES);
  const inverses = f32x4.div(f32x4.splat(LARGEST), peaks);
  v128.store(panel, f32x4.div(peaks, f32x4.splat(LARGEST)), SUMS_BYTES);
  const inverses0 = v128.shuffle<i32>(inverses, inverses, 0, 0, 0, 0);
  const inverses1 = v128.shuffle<i32>(inverses, inverses, 1, 1, 1, 1);
  const inverses2 = v128.shuffle<i32>(inverses, inverses, 2, 2, 2, 2);
  const inverses3 = v128.shuffle<i32>(inverses, inverses, 3, 3, 3, 3);
  const shift = rounder();
  let to = panel + HEADER;
  for (let at = scratch; at < scratch + rowBytes; at += 64) {
    const row0 = sixteenBytes(at, inverses0, shift);
    const row1 = sixteenBytes(at + rowBytes, inverses1, shift);
    const row2 = sixteenBytes(at + 2 * rowBytes, inverses2, shift);
    const row3 = sixteenBytes(at + 3 * rowBytes, inverses3, shift);
    const low01 = low(row0, row1);
    const low23 = low(row2, row3);
    const high01 = high(row0, row1);
    const high23 = high(row2, row3);
    v128.store(to, lowPair(low01, low23));
    v128.store(to, highPair(low01, low23), 16);
    v128.store(to, lowPair(high01, high23), 32);
    v128.store(to, highPair(high01, high23), 48);
    to += 64;
  }
  v128.store(panel, sumRows(panel + HEADER, to));
}

/**
 * Units `begin` to `end` of a product: tiles as `multiplyPanels` has them.
 *
 * @param a The factor A, (M, K).
 * @param scales Of the rows of the codes, K floats.
 * @param b Panels of 8 columns of codes; after them every thread has room for a block of A and four rows of floats.
 * @param addend What is added to the product, (M, N), or 0; it can be `c`.
 */
export function multiplyBytes(
  begin: i32,
  end: i32,
  a: usize,
  scales: usize,
  b: usize,
  addend: usize,
  c: usize,
  M: i32,
  N: i32,
  K: i32,
): void {
  const across = (N + TILE_N - 1) / TILE_N;
  const stride = <usize> N << 2;
  const rowBytes = <usize> K << 2;
  const padded = (min(PASS_K, K) + 15) & ~15;
  const blockPanel = HEADER + (<usize> padded << 2);
  const blockBytes = <usize> (TILE_M / 4) * blockPanel;
  const block = privateScratch(
    b,
    <usize> ((N + 7) >> 3) * panelBytes(K),
    blockBytes + (<usize> padded << 4),
  );
  for (let tile = begin; tile < end; tile++) {
    const m0 = tile / across * TILE_M;
    const n0 = tile % across * TILE_N;
    const mEnd = min(m0 + TILE_M, M);
    const nEnd = min(n0 + TILE_N, N);
    for (let k = 0; k < K; k += PASS_K) {
      const depth = min(PASS_K, K - k);
      const words = (depth + 3) >> 2;
      const kBytes = <usize> k << 2;
      const added = k == 0 ? addend : c;
      for (let m = m0; m < mEnd; m += 4) {
        packRows(
          a + <usize> m * rowBytes + kBytes,
          rowBytes,
          min(4, mEnd - m),
          scales + kBytes,
          depth,
          block + blockBytes,
          block + <usize> ((m - m0) >> 2) * blockPanel,
        );
      }
      for (let n = n0; n < nEnd; n += 8) {
        const panel = b + <usize> (n >> 3) * panelBytes(K);
        const offset = load<i32>(panel);
        const w = panel + OFFSET_BYTES + 2 * kBytes;
        const columns = min(8, nEnd - n);
        for (let m = m0; m < mEnd; m += 4) {
          const at = <usize> m * stride + (<usize> n << 2);
          const x = block + <usize> ((m - m0) >> 2) * blockPanel;
          const residual = added != 0 ? added + at : 0;
          const rows = min(4, mEnd - m);
          multiplyTile(x, w, offset, words, residual, c + at, stride, rows, columns);
        }
      }
    }
  }
}

/** Stores a tile of the product of a panel of A and one of codes. */
function multiplyTile(
  x: usize,
  w: usize,
  offset: i32,
  words: i32,
  residual: usize,
  c: usize,
  stride: usize,
  rows: i32,
  columns: i32,
): void {
  const scales = x + SUMS_BYTES;
  const a = x + HEADER;
  if (ASC_FEATURE_RELAXED_SIMD && offset != 0) {
    unsignedTile(
      a,
      x,
      w,
      offset,
      words,
      scales,
      ONES,
      residual,
      0,
      c,
      stride,
      rows,
      columns,
    );
    return;
  }
  for (let half = 0; half < columns; half += 4) {
    const right = <usize> half << 2;
    signedTile(
      a,
      w + right,
      words,
      scales,
      ONES,
      residual != 0 ? residual + right : 0,
      0,
      c + right,
      stride,
      rows,
      columns - half,
    );
  }
}
