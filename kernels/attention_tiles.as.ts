// What the attention kernels share, AssemblyScript: tiles of TILE positions of one head, packed so that every
// product runs over whole vectors whatever the head dimension D, and the two products of tiles.
//
// "Rows" are the four positions that are worked on together, "columns" the positions of a tile. Rows of D floats in
// the scratch are padded with zeros to `paddedWidth(D)`.
import { lanesBelow, madd } from "./simd.as";

/** Positions of a tile; tiles of scores are four rows of TILE floats. */
export const TILE = 72;
export const TILE_BYTES: usize = 288;

/** D rounded up to what one turn of {@link accumulate} takes. */
// @inline
export function paddedWidth(D: i32): i32 {
  return (D + 7) & ~7;
}

/** Copies `count` rows of D floats, `stride` bytes apart, to padded rows. */
export function packRows(from: usize, stride: usize, count: i32, D: i32, to: usize): void {
  const padded = paddedWidth(D);
  const rowBytes = <usize> padded << 2;
  for (let row = 0; row < count; row++) {
    let d = 0;
    for (; d + 4 <= D; d += 4) {
      v128.store(to + (<usize> d << 2), v128.load(from + (<usize> d << 2)));
    }
    for (; d < padded; d++) {
      store<f32>(to + (<usize> d << 2), d < D ? load<f32>(from + (<usize> d << 2)) : 0);
    }
    from += stride;
    to += rowBytes;
  }
}

/** Copies `count` rows of D floats to D rows of TILE columns; zeros up to a multiple of 8 columns. */
export function packColumns(from: usize, stride: usize, count: i32, D: i32, to: usize): void {
  let column = 0;
  for (; column + 4 <= count; column += 4) {
    const from1 = from + stride;
    const from2 = from1 + stride;
    const from3 = from2 + stride;
    let target = to + (<usize> column << 2);
    let offset: usize = 0;
    let d = 0;
    for (; d + 4 <= D; d += 4) {
      const a = v128.load(from + offset);
      const b = v128.load(from1 + offset);
      const c = v128.load(from2 + offset);
      const e = v128.load(from3 + offset);
      const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
      const ce = v128.shuffle<f32>(c, e, 0, 4, 1, 5);
      const abHigh = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
      const ceHigh = v128.shuffle<f32>(c, e, 2, 6, 3, 7);
      v128.store(target, v128.shuffle<f32>(ab, ce, 0, 1, 4, 5));
      v128.store(target, v128.shuffle<f32>(ab, ce, 2, 3, 6, 7), TILE_BYTES);
      v128.store(target, v128.shuffle<f32>(abHigh, ceHigh, 0, 1, 4, 5), 2 * TILE_BYTES);
      v128.store(target, v128.shuffle<f32>(abHigh, ceHigh, 2, 3, 6, 7), 3 * TILE_BYTES);
      target += 4 * TILE_BYTES;
      offset += 16;
    }
    for (; d < D; d++) {
      store<f32>(target, load<f32>(from + offset));
      store<f32>(target, load<f32>(from1 + offset), 4);
      store<f32>(target, load<f32>(from2 + offset), 8);
      store<f32>(target, load<f32>(from3 + offset), 12);
      target += TILE_BYTES;
      offset += 4;
    }
    from += 4 * stride;
  }
  const columns = (count + 7) & ~7;
  for (; column < columns; column++) {
    const target = to + (<usize> column << 2);
    for (let d = 0; d < D; d++) {
      const value: f32 = column < count ? load<f32>(from + (<usize> d << 2)) : 0;
      store<f32>(target + <usize> d * TILE_BYTES, value);
    }
    from += stride;
  }
}

/**
 * scores[i, c] = factor · row i · column c, for four rows and the columns from `begin` to `end`, multiples of 8.
 *
 * @param columns From {@link packColumns}.
 */
export function multiplyColumns(
  row0: usize,
  row1: usize,
  row2: usize,
  row3: usize,
  columns: usize,
  D: i32,
  begin: i32,
  end: i32,
  factor: f32,
  scores: usize,
): void {
  const factors = f32x4.splat(factor);
  for (let column = begin; column < end; column += 8) {
    const offset = <usize> column << 2;
    let from = columns + offset;
    const fromEnd = from + <usize> D * TILE_BYTES;
    let a = row0;
    let b = row1;
    let c = row2;
    let e = row3;
    let a0 = f32x4.splat(0);
    let a1 = f32x4.splat(0);
    let b0 = f32x4.splat(0);
    let b1 = f32x4.splat(0);
    let c0 = f32x4.splat(0);
    let c1 = f32x4.splat(0);
    let e0 = f32x4.splat(0);
    let e1 = f32x4.splat(0);
    let low: v128;
    let high: v128;
    let x: v128;
    if ((D & 1) != 0) {
      low = v128.load(from);
      high = v128.load(from, 16);
      x = v128.load32_splat(a);
      a0 = madd(x, low, a0);
      a1 = madd(x, high, a1);
      x = v128.load32_splat(b);
      b0 = madd(x, low, b0);
      b1 = madd(x, high, b1);
      x = v128.load32_splat(c);
      c0 = madd(x, low, c0);
      c1 = madd(x, high, c1);
      x = v128.load32_splat(e);
      e0 = madd(x, low, e0);
      e1 = madd(x, high, e1);
      from += TILE_BYTES;
      a += 4;
      b += 4;
      c += 4;
      e += 4;
    }
    while (from < fromEnd) {
      low = v128.load(from);
      high = v128.load(from, 16);
      x = v128.load32_splat(a);
      a0 = madd(x, low, a0);
      a1 = madd(x, high, a1);
      x = v128.load32_splat(b);
      b0 = madd(x, low, b0);
      b1 = madd(x, high, b1);
      x = v128.load32_splat(c);
      c0 = madd(x, low, c0);
      c1 = madd(x, high, c1);
      x = v128.load32_splat(e);
      e0 = madd(x, low, e0);
      e1 = madd(x, high, e1);
      low = v128.load(from, TILE_BYTES);
      high = v128.load(from, TILE_BYTES + 16);
      x = v128.load32_splat(a, 4);
      a0 = madd(x, low, a0);
      a1 = madd(x, high, a1);
      x = v128.load32_splat(b, 4);
      b0 = madd(x, low, b0);
      b1 = madd(x, high, b1);
      x = v128.load32_splat(c, 4);
      c0 = madd(x, low, c0);
      c1 = madd(x, high, c1);
      x = v128.load32_splat(e, 4);
      e0 = madd(x, low, e0);
      e1 = madd(x, high, e1);
      from += 2 * TILE_BYTES;
      a += 8;
      b += 8;
      c += 8;
      e += 8;
    }
    const target = scores + offset;
    v128.store(target, f32x4.mul(a0, factors));
    v128.store(target, f32x4.mul(a1, factors), 16);
    v128.store(target, f32x4.mul(b0, factors), TILE_BYTES);
    v128.store(target, f32x4.mul(b1, factors), TILE_BYTES + 16);
    v128.store(target, f32x4.mul(c0, factors), 2 * TILE_BYTES);
    v128.store(target, f32x4.mul(c1, factors), 2 * TILE_BYTES + 16);
    v128.store(target, f32x4.mul(e0, factors), 3 * TILE_BYTES);
    v128.store(target, f32x4.mul(e1, factors), 3 * TILE_BYTES + 16);
  }
}

/**
 * sums[i] += Σ_c weights[i, c] · rows[c] for four padded rows of sums, c from `begin` to `end`.
 *
 * @param rows From {@link packRows}.
 */
export function accumulate(
  weights: usize,
  rows: usize,
  D: i32,
  begin: i32,
  end: i32,
  sums: usize,
): void {
  const rowBytes = <usize> paddedWidth(D) << 2;
  const lastWeight = weights + (<usize> end << 2);
  for (let offset: usize = 0; offset < rowBytes; offset += 32) {
    let target = sums + offset;
    let a0 = v128.load(target);
    let a1 = v128.load(target, 16);
    target += rowBytes;
    let b0 = v128.load(target);
    let b1 = v128.load(target, 16);
    target += rowBytes;
    let c0 = v128.load(target);
    let c1 = v128.load(target, 16);
    target += rowBytes;
    let e0 = v128.load(target);
    let e1 = v128.load(target, 16);
    let low: v128;
    let high: v128;
    let x: v128;
    let weight = weights + (<usize> begin << 2);
    let from = rows + <usize> begin * rowBytes + offset;
    if (((end - begin) & 1) != 0) {
      low = v128.load(from);
      high = v128.load(from, 16);
      x = v128.load32_splat(weight);
      a0 = madd(x, low, a0);
      a1 = madd(x, high, a1);
      x = v128.load32_splat(weight, TILE_BYTES);
      b0 = madd(x, low, b0);
      b1 = madd(x, high, b1);
      x = v128.load32_splat(weight, 2 * TILE_BYTES);
      c0 = madd(x, low, c0);
      c1 = madd(x, high, c1);
      x = v128.load32_splat(weight, 3 * TILE_BYTES);
      e0 = madd(x, low, e0);
      e1 = madd(x, high, e1);
      from += rowBytes;
      weight += 4;
    }
    while (weight < lastWeight) {
      low = v128.load(from);
      high = v128.load(from, 16);
      x = v128.load32_splat(weight);
      a0 = madd(x, low, a0);
      a1 = madd(x, high, a1);
      x = v128.load32_splat(weight, TILE_BYTES);
      b0 = madd(x, low, b0);
      b1 = madd(x, high, b1);
      x = v128.load32_splat(weight, 2 * TILE_BYTES);
      c0 = madd(x, low, c0);
      c1 = madd(x, high, c1);
      x = v128.load32_splat(weight, 3 * TILE_BYTES);
      e0 = madd(x, low, e0);
      e1 = madd(x, high, e1);
      low = v128.load(from + rowBytes);
      high = v128.load(from + rowBytes, 16);
      x = v128.load32_splat(weight, 4);
      a0 = madd(x, low, a0);
      a1 = madd(x, high, a1);
      x = v128.load32_splat(weight, TILE_BYTES + 4);
      b0 = madd(x, low, b0);
      b1 = madd(x, high, b1);
      x = v128.load32_splat(weight, 2 * TILE_BYTES + 4);
      c0 = madd(x, low, c0);
      c1 = madd(x, high, c1);
      x = v128.load32_splat(weight, 3 * TILE_BYTES + 4);
      e0 = madd(x, low, e0);
      e1 = madd(x, high, e1);
      from += 2 * rowBytes;
      weight += 8;
    }
    target = sums + offset;
    v128.store(target, a0);
    v128.store(target, a1, 16);
    target += rowBytes;
    v128.store(target, b0);
    v128.store(target, b1, 16);
    target += rowBytes;
    v128.store(target, c0);
    v128.store(target, c1, 16);
    target += rowBytes;
    v128.store(target, e0);
    v128.store(target, e1, 16);
  }
}

/**
 * sums[i] += Σ_r weights[r, column i] · rows[r] for four neighbouring columns of weights, r from `begin` to `end`: what
 * {@link accumulate} does, with the weights transposed.
 *
 * @param weights The first of the four columns in row 0; rows are TILE columns long.
 * @param rows From {@link packRows}.
 */
export function accumulateTransposed(
  weights: usize,
  rows: usize,
  D: i32,
  begin: i32,
  end: i32,
  sums: usize,
): void {
  const rowBytes = <usize> paddedWidth(D) << 2;
  const firstWeight = weights + <usize> begin * TILE_BYTES;
  const lastWeight = weights + <usize> end * TILE_BYTES;
  for (let offset: usize = 0; offset < rowBytes; offset += 32) {
    let a0 = f32x4.splat(0);
    let a1 = a0;
    let b0 = a0;
    let b1 = a0;
    let c0 = a0;
    let c1 = a0;
    let e0 = a0;
    let e1 = a0;
    let from = rows + <usize> begin * rowBytes + offset;
    for (let weight = firstWeight; weight < lastWeight; weight += TILE_BYTES) {
      const low = v128.load(from);
      const high = v128.load(from, 16);
      const four = v128.load(weight);
      let x = v128.shuffle<i32>(four, four, 0, 0, 0, 0);
      a0 = madd(x, low, a0);
      a1 = madd(x, high, a1);
      x = v128.shuffle<i32>(four, four, 1, 1, 1, 1);
      b0 = madd(x, low, b0);
      b1 = madd(x, high, b1);
      x = v128.shuffle<i32>(four, four, 2, 2, 2, 2);
      c0 = madd(x, low, c0);
      c1 = madd(x, high, c1);
      x = v128.shuffle<i32>(four, four, 3, 3, 3, 3);
      e0 = madd(x, low, e0);
      e1 = madd(x, high, e1);
      from += rowBytes;
    }
    let target = sums + offset;
    v128.store(target, f32x4.add(a0, v128.load(target)));
    v128.store(target, f32x4.add(a1, v128.load(target, 16)), 16);
    target += rowBytes;
    v128.store(target, f32x4.add(b0, v128.load(target)));
    v128.store(target, f32x4.add(b1, v128.load(target, 16)), 16);
    target += rowBytes;
    v128.store(target, f32x4.add(c0, v128.load(target)));
    v128.store(target, f32x4.add(c1, v128.load(target, 16)), 16);
    target += rowBytes;
    v128.store(target, f32x4.add(e0, v128.load(target)));
    v128.store(target, f32x4.add(e1, v128.load(target, 16)), 16);
  }
}

/** to[d] = factor · from[d], of a padded row, without writing beyond D. */
export function storeRow(from: usize, factor: f32, D: i32, to: usize): void {
  const factors = f32x4.splat(factor);
  let d = 0;
  for (; d + 4 <= D; d += 4) {
    v128.store(to, f32x4.mul(v128.load(from), factors));
    from += 16;
    to += 16;
  }
  for (; d < D; d++) {
    store<f32>(to, load<f32>(from) * factor);
    from += 4;
    to += 4;
  }
}

/** Score of a masked position: its weight becomes 0. */
export const MASKED: f32 = -f32.MAX_VALUE;

/** Masks the columns of a row of scores from `limit` to `end`, a multiple of 4. */
export function maskFrom(scores: usize, limit: i32, end: i32): void {
  const masked = f32x4.splat(MASKED);
  // Whole vectors: reading them after a store of less than that would stall.
  let column = limit & ~3;
  if (column < limit) {
    const at = scores + (<usize> column << 2);
    v128.store(at, v128.bitselect(v128.load(at), masked, lanesBelow(limit - column)));
    column += 4;
  }
  for (; column < end; column += 4) v128.store(scores + (<usize> column << 2), masked);
}

/** Masks the columns of a row of scores from `begin`, a multiple of 4, to `limit`. */
export function maskBelow(scores: usize, begin: i32, limit: i32): void {
  const masked = f32x4.splat(MASKED);
  let column = begin;
  for (; column + 4 <= limit; column += 4) v128.store(scores + (<usize> column << 2), masked);
  if (column < limit) {
    const at = scores + (<usize> column << 2);
    v128.store(at, v128.bitselect(masked, v128.load(at), lanesBelow(limit - column)));
  }
}
