// Y = (X·Wᵀ as integers) · (x · w) (+ R), codes times codes. The twin of bitlinear.wgsl.
// 0 X   1 x   2 W   3 w   4 R or 0   5 Y   6 M   7 N   8 K   9 HAS_RESIDUAL
// First W is packed into panels of 8 rows (one unit per panel) and rows of X are summed (one unit per 16): words of four codes, word k of the 8 rows side by
// side. Weights of a panel that are all small are packed as unsigned numbers, code + bias: unsigned × signed
// bytes multiply and add in pairs to 16 bits, which hold many such sums; bias · sum(X) is subtracted at the end.
// Other panels multiply in 16 bits and add in 32. Both are exact, so that there is one rounding, as in WGSL.
import { integer, pointer } from "./simd.as";
import { loadPart, storePart, transposeWords } from "./product.as";

/** Rows of X and panels of W that are one unit of work. */
const TILE_M: i32 = 40;
const TILE_PANELS: i32 = 16;
/** Rows of X that one unit of the first phase sums. */
const SUM_5: i32 = 16;
/** Before its words a panel has its bias, 0 if it is not packed as unsigned numbers. */
const HEADER: usize = 16;
/** Largest bias: the sum of a pair of products then fits 16 bits at least four times. */
const MAX_BIAS: i32 = 16;

function panelBytes(words: i32): usize {
  return HEADER + (<usize> words << 5);
}

/** Address of the sums of the codes of every row of X, after the panels. */
function rowSums(scratch: usize, N: i32, words: i32): usize {
  return scratch + <usize> ((N + 7) / 8) * panelBytes(words);
}

export function bitlinearPack(args: usize, begin: i32, end: i32, scratch: usize): void {
  const N = integer(args, 7);
  const words = (integer(args, 8) + 3) / 4;
  const stride = <usize> words << 2;
  const panels = (N + 7) / 8;
  for (let unit = begin; unit < end; unit++) {
    if (unit >= panels) {
      const m0 = (unit - panels) * SUM_5;
      const mEnd = min(m0 + SUM_5, integer(args, 6));
      for (let m = m0; m < mEnd; m++) {
        const sum = sumCodes(pointer(args, 0) + <usize> m * stride, words);
        store<i32>(rowSums(scratch, N, words) + (<usize> m << 2), sum);
      }
      continue;
    }
    const header = scratch + <usize> unit * panelBytes(words);
    const panel = header + HEADER;
    const last = panel + (<usize> words << 5);
    const rows = min(8, N - 8 * unit);
    if (rows < 8) memory.fill(panel, 0, <usize> words << 5);
    transposeWords(pointer(args, 2) + <usize> unit * 8 * stride, stride, rows, words, panel, 32);
    let bias = 0;
    if (ASC_FEATURE_RELAXED_SIMD) {
      // |−128| stays 128 as an unsigned byte.
      let largest = i8x16.splat(0);
      for (let at = panel; at < last; at += 16) {
        largest = i8x16.max_u(largest, i8x16.abs(v128.load(at)));
      }
      if (!v128.any_true(i8x16.gt_u(largest, i8x16.splat(<i8> MAX_BIAS)))) {
        while (v128.any_true(i8x16.gt_u(largest, i8x16.splat(<i8> bias)))) bias++;
        // Not 0, which has another meaning.
        bias = max(bias, 1);
        const offset = i8x16.splat(<i8> bias);
        for (let at = panel; at < last; at += 16) {
          v128.store(at, i8x16.add(v128.load(at), offset));
        }
      }
    }
    store<i32>(header, bias);
  }
}

/** Sum of the codes in the words of a row. */
function sumCodes(at: usize, words: i32): i32 {
  let sum = i32x4.splat(0);
  let i = 0;
  for (; i + 4 <= words; i += 4) {
    sum = i32x4.add(
      sum,
      i32x4.extadd_pairwise_i16x8_s(i16x8.extadd_pairwise_i8x16_s(v128.load(at))),
    );
    at += 16;
  }
  for (; i < words; i++) {
    sum = i32x4.add(
      sum,
      i32x4.extadd_pairwise_i16x8_s(i16x8.extadd_pairwise_i8x16_s(v128.load32_zero(at))),
    );
    at += 4;
  }
  return i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) +
    i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3);
}

/** Scales and stores one row of a tile. */
function storeRow(
  low: v128,
  high: v128,
  correction: i32,
  xStep: usize,
  wSteps: usize,
  residual: usize,
  y: usize,
  columns: i32,
): void {
  const step = v128.load32_splat(xStep);
  const minus = i32x4.splat(correction);
  low = f32x4.convert_i32x4_s(i32x4.sub(low, minus));
  high = f32x4.convert_i32x4_s(i32x4.sub(high, minus));
  if (columns == 8) {
    low = f32x4.mul(low, f32x4.mul(step, v128.load(wSteps)));
    high = f32x4.mul(high, f32x4.mul(step, v128.load(wSteps, 16)));
    if (residual != 0) {
      low = f32x4.add(low, v128.load(residual));
      high = f32x4.add(high, v128.load(residual, 16));
    }
    v128.store(y, low);
    v128.store(y, high, 16);
    return;
  }
  low = f32x4.mul(low, f32x4.mul(step, loadPart(wSteps, columns)));
  high = f32x4.mul(high, f32x4.mul(step, loadPart(wSteps + 16, columns - 4)));
  if (residual != 0) {
    low = f32x4.add(low, loadPart(residual, columns));
    high = f32x4.add(high, loadPart(residual + 16, columns - 4));
  }
  storePart(y, low, columns);
  storePart(y + 16, high, columns - 4);
}

/** 5 rows × 8 columns with a panel of unsigned weights; 16-bit sums are widened every `group` words. */
function unsignedTile(
  x: usize,
  stride: usize,
  rows: i32,
  words: i32,
  panel: usize,
  bias: i32,
  sums: usize,
  xStep: usize,
  wSteps: usize,
  residual: usize,
  y: usize,
  yStride: usize,
  columns: i32,
): void {
  const group = 128 / (2 * bias);
  // Rows beyond the last one repeat it and are not stored.
  let x0 = x;
  let x1 = rows > 1 ? x0 + stride : x0;
  let x2 = rows > 2 ? x1 + stride : x1;
  let x3 = rows > 3 ? x2 + stride : x2;
  let x4 = rows > 4 ? x3 + stride : x3;
  let s00 = i32x4.splat(0);
  let s01 = i32x4.splat(0);
  let s10 = i32x4.splat(0);
  let s11 = i32x4.splat(0);
  let s20 = i32x4.splat(0);
  let s21 = i32x4.splat(0);
  let s30 = i32x4.splat(0);
  let s31 = i32x4.splat(0);
  let s40 = i32x4.splat(0);
  let s41 = i32x4.splat(0);
  let b = panel;
  const end = panel + (<usize> words << 5);
  while (b < end) {
    const stop = min(end, b + (<usize> group << 5));
    let c00 = i16x8.splat(0);
    let c01 = i16x8.splat(0);
    let c10 = i16x8.splat(0);
    let c11 = i16x8.splat(0);
    let c20 = i16x8.splat(0);
    let c21 = i16x8.splat(0);
    let c30 = i16x8.splat(0);
    let c31 = i16x8.splat(0);
    let c40 = i16x8.splat(0);
    let c41 = i16x8.splat(0);
    let b0: v128;
    let b1: v128;
    let v: v128;
    while (b + 32 < stop) {
      b0 = v128.load(b, 0);
      b1 = v128.load(b, 16);
      v = v128.load32_splat(x0, 0);
      c00 = i16x8.add(c00, i16x8.relaxed_dot_i8x16_i7x16_s(v, b0));
      c01 = i16x8.add(c01, i16x8.relaxed_dot_i8x16_i7x16_s(v, b1));
      v = v128.load32_splat(x1, 0);
      c10 = i16x8.add(c10, i16x8.relaxed_dot_i8x16_i7x16_s(v, b0));
      c11 = i16x8.add(c11, i16x8.relaxed_dot_i8x16_i7x16_s(v, b1));
      v = v128.load32_splat(x2, 0);
      c20 = i16x8.add(c20, i16x8.relaxed_dot_i8x16_i7x16_s(v, b0));
      c21 = i16x8.add(c21, i16x8.relaxed_dot_i8x16_i7x16_s(v, b1));
      v = v128.load32_splat(x3, 0);
      c30 = i16x8.add(c30, i16x8.relaxed_dot_i8x16_i7x16_s(v, b0));
      c31 = i16x8.add(c31, i16x8.relaxed_dot_i8x16_i7x16_s(v, b1));
      v = v128.load32_splat(x4, 0);
      c40 = i16x8.add(c40, i16x8.relaxed_dot_i8x16_i7x16_s(v, b0));
      c41 = i16x8.add(c41, i16x8.relaxed_dot_i8x16_i7x16_s(v, b1));
      b0 = v128.load(b, 32);
      b1 = v128.load(b, 48);
      v = v128.load32_splat(x0, 4);
      c00 = i16x8.add(c00, i16x8.relaxed_dot_i8x16_i7x16_s(v, b0));
      c01 = i16x8.add(c01, i16x8.relaxed_dot_i8x16_i7x16_s(v, b1));
      v = v128.load32_splat(x1, 4);
      c10 = i16x8.add(c10, i16x8.relaxed_dot_i8x16_i7x16_s(v, b0));
      c11 = i16x8.add(c11, i16x8.relaxed_dot_i8x16_i7x16_s(v, b1));
      v = v128.load32_splat(x2, 4);
      c20 = i16x8.add(c20, i16x8.relaxed_dot_i8x16_i7x16_s(v, b0));
      c21 = i16x8.add(c21, i16x8.relaxed_dot_i8x16_i7x16_s(v, b1));
      v = v128.load32_splat(x3, 4);
      c30 = i16x8.add(c30, i16x8.relaxed_dot_i8x16_i7x16_s(v, b0));
      c31 = i16x8.add(c31, i16x8.relaxed_dot_i8x16_i7x16_s(v, b1));
      v = v128.load32_splat(x4, 4);
      c40 = i16x8.add(c40, i16x8.relaxed_dot_i8x16_i7x16_s(v, b0));
      c41 = i16x8.add(c41, i16x8.relaxed_dot_i8x16_i7x16_s(v, b1));
      b += 64;
      x0 += 8;
      x1 += 8;
      x2 += 8;
      x3 += 8;
      x4 += 8;
    }
    if (b < stop) {
      b0 = v128.load(b, 0);
      b1 = v128.load(b, 16);
      v = v128.load32_splat(x0, 0);
      c00 = i16x8.add(c00, i16x8.relaxed_dot_i8x16_i7x16_s(v, b0));
      c01 = i16x8.add(c01, i16x8.relaxed_dot_i8x16_i7x16_s(v, b1));
      v = v128.load32_splat(x1, 0);
      c10 = i16x8.add(c10, i16x8.relaxed_dot_i8x16_i7x16_s(v, b0));
      c11 = i16x8.add(c11, i16x8.relaxed_dot_i8x16_i7x16_s(v, b1));
      v = v128.load32_splat(x2, 0);
      c20 = i16x8.add(c20, i16x8.relaxed_dot_i8x16_i7x16_s(v, b0));
      c21 = i16x8.add(c21, i16x8.relaxed_dot_i8x16_i7x16_s(v, b1));
      v = v128.load32_splat(x3, 0);
      c30 = i16x8.add(c30, i16x8.relaxed_dot_i8x16_i7x16_s(v, b0));
      c31 = i16x8.add(c31, i16x8.relaxed_dot_i8x16_i7x16_s(v, b1));
      v = v128.load32_splat(x4, 0);
      c40 = i16x8.add(c40, i16x8.relaxed_dot_i8x16_i7x16_s(v, b0));
      c41 = i16x8.add(c41, i16x8.relaxed_dot_i8x16_i7x16_s(v, b1));
      b += 32;
      x0 += 4;
      x1 += 4;
      x2 += 4;
      x3 += 4;
      x4 += 4;
    }
    s00 = i32x4.add(s00, i32x4.extadd_pairwise_i16x8_s(c00));
    s01 = i32x4.add(s01, i32x4.extadd_pairwise_i16x8_s(c01));
    s10 = i32x4.add(s10, i32x4.extadd_pairwise_i16x8_s(c10));
    s11 = i32x4.add(s11, i32x4.extadd_pairwise_i16x8_s(c11));
    s20 = i32x4.add(s20, i32x4.extadd_pairwise_i16x8_s(c20));
    s21 = i32x4.add(s21, i32x4.extadd_pairwise_i16x8_s(c21));
    s30 = i32x4.add(s30, i32x4.extadd_pairwise_i16x8_s(c30));
    s31 = i32x4.add(s31, i32x4.extadd_pairwise_i16x8_s(c31));
    s40 = i32x4.add(s40, i32x4.extadd_pairwise_i16x8_s(c40));
    s41 = i32x4.add(s41, i32x4.extadd_pairwise_i16x8_s(c41));
  }
  storeRow(s00, s01, bias * load<i32>(sums, 0), xStep, wSteps, residual, y, columns);
  if (rows == 1) return;
  xStep += 4;
  y += yStride;
  if (residual != 0) residual += yStride;
  storeRow(s10, s11, bias * load<i32>(sums, 4), xStep, wSteps, residual, y, columns);
  if (rows == 2) return;
  xStep += 4;
  y += yStride;
  if (residual != 0) residual += yStride;
  storeRow(s20, s21, bias * load<i32>(sums, 8), xStep, wSteps, residual, y, columns);
  if (rows == 3) return;
  xStep += 4;
  y += yStride;
  if (residual != 0) residual += yStride;
  storeRow(s30, s31, bias * load<i32>(sums, 12), xStep, wSteps, residual, y, columns);
  if (rows == 4) return;
  xStep += 4;
  y += yStride;
  if (residual != 0) residual += yStride;
  storeRow(s40, s41, bias * load<i32>(sums, 16), xStep, wSteps, residual, y, columns);
}

/** Sums of the even and of the odd pairs of lanes: those of two halves of 4 columns each. */
function addPairs(a: v128, b: v128): v128 {
  return i32x4.add(v128.shuffle<i32>(a, b, 0, 2, 4, 6), v128.shuffle<i32>(a, b, 1, 3, 5, 7));
}

/** Three rows × 8 columns with a panel of any weights. */
function signedTile(
  x: usize,
  stride: usize,
  rows: i32,
  words: i32,
  panel: usize,
  xStep: usize,
  wSteps: usize,
  residual: usize,
  y: usize,
  yStride: usize,
  columns: i32,
): void {
  let x0 = x;
  let x1 = rows > 1 ? x0 + stride : x0;
  let x2 = rows > 2 ? x1 + stride : x1;
  let c00 = i32x4.splat(0);
  let c01 = i32x4.splat(0);
  let c02 = i32x4.splat(0);
  let c03 = i32x4.splat(0);
  let c10 = i32x4.splat(0);
  let c11 = i32x4.splat(0);
  let c12 = i32x4.splat(0);
  let c13 = i32x4.splat(0);
  let c20 = i32x4.splat(0);
  let c21 = i32x4.splat(0);
  let c22 = i32x4.splat(0);
  let c23 = i32x4.splat(0);
  const end = panel + (<usize> words << 5);
  for (let b = panel; b < end; b += 32) {
    const v0 = i16x8.extend_low_i8x16_s(v128.load32_splat(x0));
    x0 += 4;
    const v1 = i16x8.extend_low_i8x16_s(v128.load32_splat(x1));
    x1 += 4;
    const v2 = i16x8.extend_low_i8x16_s(v128.load32_splat(x2));
    x2 += 4;
    let w = v128.load8x8_s(b, 0);
    c00 = i32x4.add(c00, i32x4.dot_i16x8_s(v0, w));
    c10 = i32x4.add(c10, i32x4.dot_i16x8_s(v1, w));
    c20 = i32x4.add(c20, i32x4.dot_i16x8_s(v2, w));
    w = v128.load8x8_s(b, 8);
    c01 = i32x4.add(c01, i32x4.dot_i16x8_s(v0, w));
    c11 = i32x4.add(c11, i32x4.dot_i16x8_s(v1, w));
    c21 = i32x4.add(c21, i32x4.dot_i16x8_s(v2, w));
    w = v128.load8x8_s(b, 16);
    c02 = i32x4.add(c02, i32x4.dot_i16x8_s(v0, w));
    c12 = i32x4.add(c12, i32x4.dot_i16x8_s(v1, w));
    c22 = i32x4.add(c22, i32x4.dot_i16x8_s(v2, w));
    w = v128.load8x8_s(b, 24);
    c03 = i32x4.add(c03, i32x4.dot_i16x8_s(v0, w));
    c13 = i32x4.add(c13, i32x4.dot_i16x8_s(v1, w));
    c23 = i32x4.add(c23, i32x4.dot_i16x8_s(v2, w));
  }
  storeRow(addPairs(c00, c01), addPairs(c02, c03), 0, xStep, wSteps, residual, y, columns);
  if (rows == 1) return;
  xStep += 4;
  y += yStride;
  if (residual != 0) residual += yStride;
  storeRow(addPairs(c10, c11), addPairs(c12, c13), 0, xStep, wSteps, residual, y, columns);
  if (rows == 2) return;
  xStep += 4;
  y += yStride;
  if (residual != 0) residual += yStride;
  storeRow(addPairs(c20, c21), addPairs(c22, c23), 0, xStep, wSteps, residual, y, columns);
}

/** Tiles of {@link TILE_M} rows × {@link TILE_PANELS} panels, row of tiles by row of tiles. */
export function bitlinear(args: usize, begin: i32, end: i32, scratch: usize): void {
  const M = integer(args, 6);
  const N = integer(args, 7);
  const words = (integer(args, 8) + 3) / 4;
  const stride = <usize> words << 2;
  const yStride = <usize> N << 2;
  const panels = (N + 7) / 8;
  const across = (panels + TILE_PANELS - 1) / TILE_PANELS;
  const hasResidual = integer(args, 9) != 0;
  for (let tile = begin; tile < end; tile++) {
    const m0 = tile / across * TILE_M;
    const mEnd = min(m0 + TILE_M, M);
    const p0 = tile % across * TILE_PANELS;
    const pEnd = min(p0 + TILE_PANELS, panels);
    for (let p = p0; p < pEnd; p++) {
      const header = scratch + <usize> p * panelBytes(words);
      const bias = load<i32>(header);
      const columns = min(8, N - 8 * p);
      const wSteps = pointer(args, 3) + (<usize> p << 5);
      const step = bias != 0 ? 5 : 3;
      for (let m = m0; m < mEnd; m += step) {
        const x = pointer(args, 0) + <usize> m * stride;
        const rows = min(step, mEnd - m);
        const xStep = pointer(args, 1) + (<usize> m << 2);
        const at = (<usize> m * <usize> N << 2) + (<usize> p << 5);
        const residual = hasResidual ? pointer(args, 4) + at : 0;
        const y = pointer(args, 5) + at;
        if (ASC_FEATURE_RELAXED_SIMD && bias != 0) {
          const sums = rowSums(scratch, N, words) + (<usize> m << 2);
          unsignedTile(
            x,
            stride,
            rows,
            words,
            header + HEADER,
            bias,
            sums,
            xStep,
            wSteps,
            residual,
            y,
            yStride,
            columns,
          );
        } else {
          signedTile(
            x,
            stride,
            rows,
            words,
            header + HEADER,
            xStep,
            wSteps,
            residual,
            y,
            yStride,
            columns,
          );
        }
      }
    }
  }
}
