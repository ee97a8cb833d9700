// Y = (X·Wᵀ as integers) · (x · w) (+ R) (+ b), codes times codes. The twin of bitlinear.wgsl.
// 0 X   1 x   2 W   3 w   4 R or 0   5 b or 0   6 Y   7 M   8 N   9 K   10 GROUP   11 HAS_RESIDUAL   12 HAS_BIAS
// First X is packed into panels of 4 rows and W into panels of 8 (one unit per 8 rows of W, then one per 8 of X): words
// of four codes, word k of the rows side by side. Weights of a panel that are all small are packed as unsigned
// numbers, code + offset: unsigned × signed bytes multiply and add in pairs to 16 bits, which hold many such sums;
// offset · sum(X) is subtracted at the end. Other panels multiply in 16 bits and add in 32. Both are exact, so that
// there is one rounding, as in WGSL. For the size of the tile see product.as.ts. One or two rows are not
// worth packing: `bitlinearRows`, one unit per 4 columns.
// Groups of the columns of W, with steps of their own, are products one after another: each adds to the one before.
import { integer, pointer } from "./simd.as";
import { loadPart, storePart, transposeWords } from "./product.as";

/** Rows and columns of the result that are one unit of work. */
const TILE_M: i32 = 64;
const TILE_N: i32 = 128;
/**
 * Before its words a panel of W has its offset, 0 if it is not unsigned, and a panel of X the sums of its rows, of each
 * group.
 */
const HEADER: usize = 16;
/** Largest offset: a sum of 16 bits then holds at least four pairs. */
const MAX_OFFSET: i32 = 16;

/** Bytes of a panel of W; one of X has half the words. */
function panelBytes(words: i32): usize {
  return HEADER + (<usize> words << 5);
}

/** Address of panel `i` of X: after those of W. */
function panelOfX(scratch: usize, N: i32, words: i32, groups: i32, i: i32): usize {
  return scratch + <usize> ((N + 7) / 8) * panelBytes(words) +
    <usize> i * (<usize> groups * HEADER + (<usize> words << 4));
}

/** Words of a row that share a step. */
function wordsOfGroup(args: usize): i32 {
  const size = integer(args, 10);
  return (size > 0 ? min(size, integer(args, 9)) : integer(args, 9)) + 3 >> 2;
}

/** Packs up to `width` rows. */
function packRows(codes: usize, row: i32, count: i32, words: i32, width: i32, to: usize): void {
  const stride = <usize> words << 2;
  const rows = min(width, count - row);
  if (rows < width) memory.fill(to, 0, <usize> width * stride);
  transposeWords(codes + <usize> row * stride, stride, rows, words, to, <usize> width << 2);
}

/** Makes the words of a panel of W unsigned if they are small; returns the offset. */
function addOffset(from: usize, end: usize): i32 {
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
function sumRows(from: usize, end: usize): v128 {
  let sums = i32x4.splat(0);
  for (let at = from; at < end; at += 16) {
    const pairs = i16x8.extadd_pairwise_i8x16_s(v128.load(at));
    sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_s(pairs));
  }
  return sums;
}

export function bitlinearPack(args: usize, begin: i32, end: i32, scratch: usize): void {
  const M = integer(args, 7);
  const N = integer(args, 8);
  const words = (integer(args, 9) + 3) / 4;
  const groupWords = wordsOfGroup(args);
  const groups = (words + groupWords - 1) / groupWords;
  const panels = (N + 7) / 8;
  for (let unit = begin; unit < end; unit++) {
    if (unit < panels) {
      const panel = scratch + <usize> unit * panelBytes(words);
      packRows(pointer(args, 2), 8 * unit, N, words, 8, panel + HEADER);
      let offset = 0;
      if (ASC_FEATURE_RELAXED_SIMD) offset = addOffset(panel + HEADER, panel + panelBytes(words));
      store<i32>(panel, offset);
      continue;
    }
    const mEnd = min(8 * (unit - panels + 1), M);
    for (let m = 8 * (unit - panels); m < mEnd; m += 4) {
      const panel = panelOfX(scratch, N, words, groups, m / 4);
      const x = panel + <usize> groups * HEADER;
      packRows(pointer(args, 0), m, M, words, 4, x);
      if (!ASC_FEATURE_RELAXED_SIMD) continue;
      for (let group = 0; group < groups; group++) {
        const first = group * groupWords;
        const last = min(first + groupWords, words);
        const sums = sumRows(x + (<usize> first << 4), x + (<usize> last << 4));
        v128.store(panel + <usize> group * HEADER, sums);
      }
    }
  }
}

/** Scales and stores up to four columns of a row. */
function storeScaled(
  y: usize,
  sums: v128,
  xStep: usize,
  wSteps: usize,
  residual: usize,
  bias: usize,
  columns: i32,
): void {
  const step = v128.load32_splat(xStep);
  if (columns >= 4) {
    let v = f32x4.mul(f32x4.convert_i32x4_s(sums), f32x4.mul(step, v128.load(wSteps)));
    if (residual != 0) v = f32x4.add(v, v128.load(residual));
    if (bias != 0) v = f32x4.add(v, v128.load(bias));
    v128.store(y, v);
    return;
  }
  let v = f32x4.mul(f32x4.convert_i32x4_s(sums), f32x4.mul(step, loadPart(wSteps, columns)));
  if (residual != 0) v = f32x4.add(v, loadPart(residual, columns));
  if (bias != 0) v = f32x4.add(v, loadPart(bias, columns));
  storePart(y, v, columns);
}

/**
 * Stores rows × columns, at most 4 × 8, with a panel of unsigned weights.
 *
 * @param xSums Of the codes of each row of X.
 * @param offset What was added to each weight.
 */
function unsignedTile(
  x: usize,
  xSums: usize,
  w: usize,
  offset: i32,
  words: i32,
  xSteps: usize,
  wSteps: usize,
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
    const steps = v128.load(xSteps);
    const steps0 = v128.load(wSteps);
    const steps1 = v128.load(wSteps, 16);
    const row2 = 2 * stride;
    const row3 = 3 * stride;
    const step0 = v128.shuffle<i32>(steps, steps, 0, 0, 0, 0);
    let y00 = f32x4.mul(f32x4.convert_i32x4_s(s00), f32x4.mul(step0, steps0));
    let y01 = f32x4.mul(f32x4.convert_i32x4_s(s01), f32x4.mul(step0, steps1));
    const step1 = v128.shuffle<i32>(steps, steps, 1, 1, 1, 1);
    let y10 = f32x4.mul(f32x4.convert_i32x4_s(s10), f32x4.mul(step1, steps0));
    let y11 = f32x4.mul(f32x4.convert_i32x4_s(s11), f32x4.mul(step1, steps1));
    const step2 = v128.shuffle<i32>(steps, steps, 2, 2, 2, 2);
    let y20 = f32x4.mul(f32x4.convert_i32x4_s(s20), f32x4.mul(step2, steps0));
    let y21 = f32x4.mul(f32x4.convert_i32x4_s(s21), f32x4.mul(step2, steps1));
    const step3 = v128.shuffle<i32>(steps, steps, 3, 3, 3, 3);
    let y30 = f32x4.mul(f32x4.convert_i32x4_s(s30), f32x4.mul(step3, steps0));
    let y31 = f32x4.mul(f32x4.convert_i32x4_s(s31), f32x4.mul(step3, steps1));
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
  const right = residual != 0 ? <usize> 16 : 0;
  const biasRight = bias != 0 ? bias + 16 : 0;
  storeScaled(y, s00, xSteps, wSteps, residual, bias, columns);
  if (columns > 4) {
    storeScaled(y + 16, s01, xSteps, wSteps + 16, residual + right, biasRight, columns - 4);
  }
  if (rows == 1) return;
  xSteps += 4;
  y += stride;
  if (residual != 0) residual += stride;
  storeScaled(y, s10, xSteps, wSteps, residual, bias, columns);
  if (columns > 4) {
    storeScaled(y + 16, s11, xSteps, wSteps + 16, residual + right, biasRight, columns - 4);
  }
  if (rows == 2) return;
  xSteps += 4;
  y += stride;
  if (residual != 0) residual += stride;
  storeScaled(y, s20, xSteps, wSteps, residual, bias, columns);
  if (columns > 4) {
    storeScaled(y + 16, s21, xSteps, wSteps + 16, residual + right, biasRight, columns - 4);
  }
  if (rows == 3) return;
  xSteps += 4;
  y += stride;
  if (residual != 0) residual += stride;
  storeScaled(y, s30, xSteps, wSteps, residual, bias, columns);
  if (columns > 4) {
    storeScaled(y + 16, s31, xSteps, wSteps + 16, residual + right, biasRight, columns - 4);
  }
}

/** Sums of pairs of lanes of two vectors: what the two pairs of products of four columns make. */
function addPairs(a: v128, b: v128): v128 {
  return i32x4.add(v128.shuffle<i32>(a, b, 0, 2, 4, 6), v128.shuffle<i32>(a, b, 1, 3, 5, 7));
}

/** Stores rows × columns, at most 4 × 4, with one half of a panel of any weights. */
function signedTile(
  x: usize,
  w: usize,
  words: i32,
  xSteps: usize,
  wSteps: usize,
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
  storeScaled(y, addPairs(c00, c01), xSteps, wSteps, residual, bias, columns);
  if (rows == 1) return;
  xSteps += 4;
  y += stride;
  if (residual != 0) residual += stride;
  storeScaled(y, addPairs(c10, c11), xSteps, wSteps, residual, bias, columns);
  if (rows == 2) return;
  xSteps += 4;
  y += stride;
  if (residual != 0) residual += stride;
  storeScaled(y, addPairs(c20, c21), xSteps, wSteps, residual, bias, columns);
  if (rows == 3) return;
  xSteps += 4;
  y += stride;
  if (residual != 0) residual += stride;
  storeScaled(y, addPairs(c30, c31), xSteps, wSteps, residual, bias, columns);
}

/** Tiles of {@link TILE_M} × {@link TILE_N}, row of tiles by row of tiles. */
export function bitlinear(args: usize, begin: i32, end: i32, scratch: usize): void {
  const M = integer(args, 7);
  const N = integer(args, 8);
  const words = (integer(args, 9) + 3) / 4;
  const groupWords = wordsOfGroup(args);
  const groups = (words + groupWords - 1) / groupWords;
  const hasResidual = integer(args, 11) != 0;
  const hasBias = integer(args, 12) != 0;
  const stride = <usize> N << 2;
  const across = (N + TILE_N - 1) / TILE_N;
  for (let tile = begin; tile < end; tile++) {
    const m0 = tile / across * TILE_M;
    const n0 = tile % across * TILE_N;
    const mEnd = min(m0 + TILE_M, M);
    const nEnd = min(n0 + TILE_N, N);
    for (let n = n0; n < nEnd; n += 8) {
      const panel = scratch + <usize> (n / 8) * panelBytes(words);
      const offset = load<i32>(panel);
      const columns = min(8, nEnd - n);
      for (let group = 0; group < groups; group++) {
        const first = group * groupWords;
        const count = min(groupWords, words - first);
        const w = panel + HEADER + (<usize> first << 5);
        const wSteps = pointer(args, 3) + (<usize> (group * N + n) << 2);
        const bias = hasBias && group == 0 ? pointer(args, 5) + (<usize> n << 2) : 0;
        for (let m = m0; m < mEnd; m += 4) {
          const at = <usize> m * stride + (<usize> n << 2);
          const xPanel = panelOfX(scratch, N, words, groups, m / 4);
          const x = xPanel + <usize> groups * HEADER + (<usize> first << 4);
          const xSteps = pointer(args, 1) + (<usize> m << 2);
          const y = pointer(args, 6) + at;
          const residual = group > 0 ? y : hasResidual ? pointer(args, 4) + at : 0;
          const rows = min(4, mEnd - m);
          if (ASC_FEATURE_RELAXED_SIMD && offset != 0) {
            unsignedTile(
              x,
              xPanel + <usize> group * HEADER,
              w,
              offset,
              count,
              xSteps,
              wSteps,
              residual,
              bias,
              y,
              stride,
              rows,
              columns,
            );
            continue;
          }
          for (let half = 0; half < columns; half += 4) {
            const right = <usize> half << 2;
            signedTile(
              x,
              w + right,
              count,
              xSteps,
              wSteps + right,
              residual != 0 ? residual + right : 0,
              bias != 0 ? bias + right : 0,
              y + right,
              stride,
              rows,
              columns - half,
            );
          }
        }
      }
    }
  }
}

/** One column of one row, in one group. */
// @inline
function finish(args: usize, m: i32, n: i32, group: i32, sums: v128): void {
  const sum = i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) +
    i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3);
  const N = integer(args, 8);
  const at = (<usize> m * <usize> N + <usize> n) << 2;
  const step = load<f32>(pointer(args, 1) + (<usize> m << 2)) *
    load<f32>(pointer(args, 3) + (<usize> (group * N + n) << 2));
  let y = <f32> sum * step;
  if (group > 0) {
    y += load<f32>(pointer(args, 6) + at);
  } else {
    if (integer(args, 11) != 0) y += load<f32>(pointer(args, 4) + at);
    if (integer(args, 12) != 0) y += load<f32>(pointer(args, 5) + (<usize> n << 2));
  }
  store<f32>(pointer(args, 6) + at, y);
}

/** Four columns of one row, in one group: dot products with four rows of W, of which the last may be repeated. */
function dotFour(args: usize, m: i32, n: i32, group: i32, groupWords: i32): void {
  const N = integer(args, 8);
  const stride = <usize> ((integer(args, 9) + 3) & ~3);
  const first = <usize> (group * groupWords) << 2;
  const bytes = min(<usize> groupWords << 2, stride - first);
  let x = pointer(args, 0) + <usize> m * stride + first;
  let w0 = pointer(args, 2) + <usize> n * stride + first;
  let w1 = n + 1 < N ? w0 + stride : w0;
  let w2 = n + 2 < N ? w1 + stride : w1;
  let w3 = n + 3 < N ? w2 + stride : w2;
  let s0 = i32x4.splat(0);
  let s1 = i32x4.splat(0);
  let s2 = i32x4.splat(0);
  let s3 = i32x4.splat(0);
  const end = x + (bytes & ~7);
  while (x < end) {
    const v = v128.load8x8_s(x);
    s0 = i32x4.add(s0, i32x4.dot_i16x8_s(v, v128.load8x8_s(w0)));
    s1 = i32x4.add(s1, i32x4.dot_i16x8_s(v, v128.load8x8_s(w1)));
    s2 = i32x4.add(s2, i32x4.dot_i16x8_s(v, v128.load8x8_s(w2)));
    s3 = i32x4.add(s3, i32x4.dot_i16x8_s(v, v128.load8x8_s(w3)));
    x += 8;
    w0 += 8;
    w1 += 8;
    w2 += 8;
    w3 += 8;
  }
  if (bytes & 4) {
    const v = i16x8.extend_low_i8x16_s(v128.load32_zero(x));
    s0 = i32x4.add(s0, i32x4.dot_i16x8_s(v, i16x8.extend_low_i8x16_s(v128.load32_zero(w0))));
    s1 = i32x4.add(s1, i32x4.dot_i16x8_s(v, i16x8.extend_low_i8x16_s(v128.load32_zero(w1))));
    s2 = i32x4.add(s2, i32x4.dot_i16x8_s(v, i16x8.extend_low_i8x16_s(v128.load32_zero(w2))));
    s3 = i32x4.add(s3, i32x4.dot_i16x8_s(v, i16x8.extend_low_i8x16_s(v128.load32_zero(w3))));
  }
  finish(args, m, n, group, s0);
  if (n + 1 < N) finish(args, m, n + 1, group, s1);
  if (n + 2 < N) finish(args, m, n + 2, group, s2);
  if (n + 3 < N) finish(args, m, n + 3, group, s3);
}

export function bitlinearRows(args: usize, begin: i32, end: i32, _scratch: usize): void {
  const M = integer(args, 7);
  const words = (integer(args, 9) + 3) / 4;
  const groupWords = wordsOfGroup(args);
  for (let four = begin; four < end; four++) {
    for (let m = 0; m < M; m++) {
      for (let group = 0; group * groupWords < words; group++) {
        dotFour(args, m, 4 * four, group, groupWords);
      }
    }
  }
}
