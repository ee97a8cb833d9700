// Stores tiles of products, 4 rows × 8 columns, and what is left of them at the edges, AssemblyScript.

import { storePart as storeFew } from "../../shared/simd.as";

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
  if (count >= 4) v128.store(address, v);
  else if (count > 0) storeFew(address, v, count);
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
