// Tiles of codes times codes, exact, AssemblyScript.
//
// Panels hold words of four codes, word k of the rows side by side: 4 rows of X, 8 of W. Weights of a panel that are all
// small are packed as unsigned numbers, code + offset: unsigned × signed bytes multiply and add in pairs to 16 bits,
// which hold many such sums; offset · sum(X) is subtracted at the end. Other panels multiply in 16 bits and add in 32.
// For the size of the tile see product.as.ts.
import { loadPart, storePart } from "./store_tile.as";

/** Largest offset: a sum of 16 bits then holds at least four pairs. */
const MAX_OFFSET: i32 = 16;

/** Makes the words of a panel of W unsigned if they are small; returns the offset. */
export function addOffset(from: usize, end: usize): i32 {
  // The magnitude of -128 is 128 as an unsigned byte.
  let largest = i8x16.splat(0);
  for (let at = from; at < end; at += 16) {
    largest = i8x16.max_u(largest, i8x16.abs(v128.load(at)));
  }
  if (v128.any_true(i8x16.gt_u(largest, i8x16.splat(<i8> MAX_OFFSET)))) return 0;
  let offset = 1;
  while (v128.any_true(i8x16.gt_u(largest, i8x16.splat(<i8> offset)))) offset++;
  const offsets = i8x16.splat(<i8> offset);
  for (let at = from; at < end; at += 16) v128.store(at, i8x16.add(v128.load(at), offsets));
  return offset;
}

/** Sums of the codes of the four rows of a panel of X. */
export function sumRows(from: usize, end: usize): v128 {
  let sums = i32x4.splat(0);
  for (let at = from; at < end; at += 16) {
    const pairs = i16x8.extadd_pairwise_i8x16_s(v128.load(at));
    sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_s(pairs));
  }
  return sums;
}

/** Scales and stores up to four columns of a row. */
function storeScaled(
  y: usize,
  sums: v128,
  xScale: usize,
  wScales: usize,
  residual: usize,
  bias: usize,
  columns: i32,
): void {
  const scale = v128.load32_splat(xScale);
  if (columns >= 4) {
    let v = f32x4.mul(f32x4.convert_i32x4_s(sums), f32x4.mul(scale, v128.load(wScales)));
    if (residual != 0) v = f32x4.add(v, v128.load(residual));
    if (bias != 0) v = f32x4.add(v, v128.load(bias));
    v128.store(y, v);
    return;
  }
  let v = f32x4.mul(f32x4.convert_i32x4_s(sums), f32x4.mul(scale, loadPart(wScales, columns)));
  if (residual != 0) v = f32x4.add(v, loadPart(residual, columns));
  if (bias != 0) v = f32x4.add(v, loadPart(bias, columns));
  storePart(y, v, columns);
}

/** Scales and stores up to eight columns of a row. */
function storeScaledRow(
  y: usize,
  low: v128,
  high: v128,
  xScale: usize,
  wScales: usize,
  residual: usize,
  bias: usize,
  columns: i32,
): void {
  storeScaled(y, low, xScale, wScales, residual, bias, columns);
  if (columns <= 4) return;
  const right = residual != 0 ? residual + 16 : 0;
  storeScaled(y + 16, high, xScale, wScales + 16, right, bias != 0 ? bias + 16 : 0, columns - 4);
}

/**
 * Stores rows × columns, at most 4 × 8, with a panel of unsigned weights.
 *
 * @param xSums Of the codes of each row of X.
 * @param offset What was added to each weight.
 */
export function unsignedTile(
  x: usize,
  xSums: usize,
  w: usize,
  offset: i32,
  words: i32,
  xScales: usize,
  wScales: usize,
  residual: usize,
  bias: usize,
  y: usize,
  stride: usize,
  rows: i32,
  columns: i32,
): void {
  // A pair adds at most 2 · 128 · 2 offset to a sum of 16 bits.
  const group = <usize> (128 / (2 * offset)) << 4;
  const end = x + (<usize> words << 4);
  const minus = i32x4.mul(v128.load(xSums), i32x4.splat(-offset));
  let s00 = v128.shuffle<i32>(minus, minus, 0, 0, 0, 0);
  let s01 = s00;
  let s10 = v128.shuffle<i32>(minus, minus, 1, 1, 1, 1);
  let s11 = s10;
  let s20 = v128.shuffle<i32>(minus, minus, 2, 2, 2, 2);
  let s21 = s20;
  let s30 = v128.shuffle<i32>(minus, minus, 3, 3, 3, 3);
  let s31 = s30;
  while (x < end) {
    const stop = min(end, x + group);
    let c00 = i16x8.splat(0);
    let c01 = i16x8.splat(0);
    let c10 = i16x8.splat(0);
    let c11 = i16x8.splat(0);
    let c20 = i16x8.splat(0);
    let c21 = i16x8.splat(0);
    let c30 = i16x8.splat(0);
    let c31 = i16x8.splat(0);
    while (x < stop) {
      const four = v128.load(x);
      const w0 = v128.load(w);
      const w1 = v128.load(w, 16);
      const x0 = v128.shuffle<i32>(four, four, 0, 0, 0, 0);
      c00 = i16x8.add(c00, i16x8.relaxed_dot_i8x16_i7x16_s(x0, w0));
      c01 = i16x8.add(c01, i16x8.relaxed_dot_i8x16_i7x16_s(x0, w1));
      const x1 = v128.shuffle<i32>(four, four, 1, 1, 1, 1);
      c10 = i16x8.add(c10, i16x8.relaxed_dot_i8x16_i7x16_s(x1, w0));
      c11 = i16x8.add(c11, i16x8.relaxed_dot_i8x16_i7x16_s(x1, w1));
      const x2 = v128.shuffle<i32>(four, four, 2, 2, 2, 2);
      c20 = i16x8.add(c20, i16x8.relaxed_dot_i8x16_i7x16_s(x2, w0));
      c21 = i16x8.add(c21, i16x8.relaxed_dot_i8x16_i7x16_s(x2, w1));
      const x3 = v128.shuffle<i32>(four, four, 3, 3, 3, 3);
      c30 = i16x8.add(c30, i16x8.relaxed_dot_i8x16_i7x16_s(x3, w0));
      c31 = i16x8.add(c31, i16x8.relaxed_dot_i8x16_i7x16_s(x3, w1));
      x += 16;
      w += 32;
    }
    s00 = i32x4.add(s00, i32x4.extadd_pairwise_i16x8_s(c00));
    s01 = i32x4.add(s01, i32x4.extadd_pairwise_i16x8_s(c01));
    s10 = i32x4.add(s10, i32x4.extadd_pairwise_i16x8_s(c10));
    s11 = i32x4.add(s11, i32x4.extadd_pairwise_i16x8_s(c11));
    s20 = i32x4.add(s20, i32x4.extadd_pairwise_i16x8_s(c20));
    s21 = i32x4.add(s21, i32x4.extadd_pairwise_i16x8_s(c21));
    s30 = i32x4.add(s30, i32x4.extadd_pairwise_i16x8_s(c30));
    s31 = i32x4.add(s31, i32x4.extadd_pairwise_i16x8_s(c31));
  }
  if (rows == 4 && columns == 8) {
    const scales = v128.load(xScales);
    const scales0 = v128.load(wScales);
    const scales1 = v128.load(wScales, 16);
    const row2 = 2 * stride;
    const row3 = 3 * stride;
    const step0 = v128.shuffle<i32>(scales, scales, 0, 0, 0, 0);
    let y00 = f32x4.mul(f32x4.convert_i32x4_s(s00), f32x4.mul(step0, scales0));
    let y01 = f32x4.mul(f32x4.convert_i32x4_s(s01), f32x4.mul(step0, scales1));
    const step1 = v128.shuffle<i32>(scales, scales, 1, 1, 1, 1);
    let y10 = f32x4.mul(f32x4.convert_i32x4_s(s10), f32x4.mul(step1, scales0));
    let y11 = f32x4.mul(f32x4.convert_i32x4_s(s11), f32x4.mul(step1, scales1));
    const step2 = v128.shuffle<i32>(scales, scales, 2, 2, 2, 2);
    let y20 = f32x4.mul(f32x4.convert_i32x4_s(s20), f32x4.mul(step2, scales0));
    let y21 = f32x4.mul(f32x4.convert_i32x4_s(s21), f32x4.mul(step2, scales1));
    const step3 = v128.shuffle<i32>(scales, scales, 3, 3, 3, 3);
    let y30 = f32x4.mul(f32x4.convert_i32x4_s(s30), f32x4.mul(step3, scales0));
    let y31 = f32x4.mul(f32x4.convert_i32x4_s(s31), f32x4.mul(step3, scales1));
    if (residual != 0) {
      y00 = f32x4.add(y00, v128.load(residual));
      y01 = f32x4.add(y01, v128.load(residual, 16));
      y10 = f32x4.add(y10, v128.load(residual + stride));
      y11 = f32x4.add(y11, v128.load(residual + stride, 16));
      y20 = f32x4.add(y20, v128.load(residual + row2));
      y21 = f32x4.add(y21, v128.load(residual + row2, 16));
      y30 = f32x4.add(y30, v128.load(residual + row3));
      y31 = f32x4.add(y31, v128.load(residual + row3, 16));
    }
    if (bias != 0) {
      const bias0 = v128.load(bias);
      const bias1 = v128.load(bias, 16);
      y00 = f32x4.add(y00, bias0);
      y01 = f32x4.add(y01, bias1);
      y10 = f32x4.add(y10, bias0);
      y11 = f32x4.add(y11, bias1);
      y20 = f32x4.add(y20, bias0);
      y21 = f32x4.add(y21, bias1);
      y30 = f32x4.add(y30, bias0);
      y31 = f32x4.add(y31, bias1);
    }
    v128.store(y, y00);
    v128.store(y, y01, 16);
    v128.store(y + stride, y10);
    v128.store(y + stride, y11, 16);
    v128.store(y + row2, y20);
    v128.store(y + row2, y21, 16);
    v128.store(y + row3, y30);
    v128.store(y + row3, y31, 16);
    return;
  }
  storeScaledRow(y, s00, s01, xScales, wScales, residual, bias, columns);
  if (rows == 1) return;
  y += stride;
  if (residual != 0) residual += stride;
  storeScaledRow(y, s10, s11, xScales + 4, wScales, residual, bias, columns);
  if (rows == 2) return;
  y += stride;
  if (residual != 0) residual += stride;
  storeScaledRow(y, s20, s21, xScales + 8, wScales, residual, bias, columns);
  if (rows == 3) return;
  y += stride;
  if (residual != 0) residual += stride;
  storeScaledRow(y, s30, s31, xScales + 12, wScales, residual, bias, columns);
}

/** Sums of pairs of lanes of two vectors: what the two pairs of products of four columns make. */
function addPairs(a: v128, b: v128): v128 {
  return i32x4.add(v128.shuffle<i32>(a, b, 0, 2, 4, 6), v128.shuffle<i32>(a, b, 1, 3, 5, 7));
}

/** Stores rows × columns, at most 4 × 4, with one half of a panel of any weights. */
export function signedTile(
  x: usize,
  w: usize,
  words: i32,
  xScales: usize,
  wScales: usize,
  residual: usize,
  bias: usize,
  y: usize,
  stride: usize,
  rows: i32,
  columns: i32,
): void {
  const end = x + (<usize> words << 4);
  let c00 = i32x4.splat(0);
  let c01 = i32x4.splat(0);
  let c10 = i32x4.splat(0);
  let c11 = i32x4.splat(0);
  let c20 = i32x4.splat(0);
  let c21 = i32x4.splat(0);
  let c30 = i32x4.splat(0);
  let c31 = i32x4.splat(0);
  while (x < end) {
    const four = v128.load(x);
    const w0 = v128.load8x8_s(w);
    const w1 = v128.load8x8_s(w, 8);
    const x0 = i16x8.extend_low_i8x16_s(v128.shuffle<i32>(four, four, 0, 0, 0, 0));
    c00 = i32x4.add(c00, i32x4.dot_i16x8_s(x0, w0));
    c01 = i32x4.add(c01, i32x4.dot_i16x8_s(x0, w1));
    const x1 = i16x8.extend_low_i8x16_s(v128.shuffle<i32>(four, four, 1, 1, 1, 1));
    c10 = i32x4.add(c10, i32x4.dot_i16x8_s(x1, w0));
    c11 = i32x4.add(c11, i32x4.dot_i16x8_s(x1, w1));
    const x2 = i16x8.extend_low_i8x16_s(v128.shuffle<i32>(four, four, 2, 2, 2, 2));
    c20 = i32x4.add(c20, i32x4.dot_i16x8_s(x2, w0));
    c21 = i32x4.add(c21, i32x4.dot_i16x8_s(x2, w1));
    const x3 = i16x8.extend_low_i8x16_s(v128.shuffle<i32>(four, four, 3, 3, 3, 3));
    c30 = i32x4.add(c30, i32x4.dot_i16x8_s(x3, w0));
    c31 = i32x4.add(c31, i32x4.dot_i16x8_s(x3, w1));
    x += 16;
    w += 32;
  }
  storeScaled(y, addPairs(c00, c01), xScales, wScales, residual, bias, columns);
  if (rows == 1) return;
  xScales += 4;
  y += stride;
  if (residual != 0) residual += stride;
  storeScaled(y, addPairs(c10, c11), xScales, wScales, residual, bias, columns);
  if (rows == 2) return;
  xScales += 4;
  y += stride;
  if (residual != 0) residual += stride;
  storeScaled(y, addPairs(c20, c21), xScales, wScales, residual, bias, columns);
  if (rows == 3) return;
  xScales += 4;
  y += stride;
  if (residual != 0) residual += stride;
  storeScaled(y, addPairs(c30, c31), xScales, wScales, residual, bias, columns);
}
