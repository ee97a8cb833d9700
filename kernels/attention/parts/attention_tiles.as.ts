// What the attention kernels share, AssemblyScript: tiles of TILE positions of one head, packed for the products of
// tiles. All of them are made of 4 rows × 8 columns, as product.as.ts explains: the rows lie side by side in a panel and
// are spread by shuffles, so do the columns.
//
// A panel holds `width` positions side by side, D times. Rows of D floats in the scratch are padded with zeros to
// `paddedWidth(D)`: 8 neighboring floats of them are columns too.
import { high, highPair, low, lowPair } from "../../shared/interleave.as";
import { multiplyTile } from "../../products/parts/tile.as";

/** Positions of a tile, a multiple of 8: a sequence of 64 patches and a class token is one tile. */
export const TILE = 72;

/** Score of a masked position: its weight becomes 0. */
export const MASKED: f32 = -f32.MAX_VALUE;

/** D rounded up to the columns of a product. */
// @inline
export function paddedWidth(D: i32): i32 {
  return (D + 7) & ~7;
}

/** Where {@link fetchRows} leaves what it read, so that the reads are not left out. */
const FETCHED: usize = memory.data(4);

/** Reads a word of every cache line of `count` rows of D floats: many at a time, since nothing is done with them. */
export function fetchRows(from: usize, stride: usize, count: i32, D: i32): void {
  let any = 0;
  for (let row = 0; row < count; row++) {
    const end = from + (<usize> D << 2);
    for (let at = from; at < end; at += 64) any |= load<i32>(at);
    from += stride;
  }
  store<i32>(FETCHED, any);
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

/**
 * Packs `count` rows of D floats, `stride` bytes apart, times `factor` into panels.
 *
 * @param width Rows of a panel, 4 or 8. The last row is repeated to fill one; nobody reads what comes of that.
 */
export function packPanels(
  from: usize,
  stride: usize,
  count: i32,
  D: i32,
  width: i32,
  factor: f32,
  to: usize,
): void {
  const factors = f32x4.splat(factor);
  const step = <usize> width << 2;
  const last = from + <usize> (count - 1) * stride;
  const padded = (count + width - 1) & -width;
  for (let row = 0; row < padded; row += 4) {
    let from0 = min(from + <usize> row * stride, last);
    let from1 = min(from0 + stride, last);
    let from2 = min(from1 + stride, last);
    let from3 = min(from2 + stride, last);
    const panel = row & -width;
    let target = to + (<usize> panel * <usize> D << 2) + (<usize> (row - panel) << 2);
    let d = 0;
    for (; d + 4 <= D; d += 4) {
      const a = f32x4.mul(v128.load(from0), factors);
      const b = f32x4.mul(v128.load(from1), factors);
      const c = f32x4.mul(v128.load(from2), factors);
      const e = f32x4.mul(v128.load(from3), factors);
      const ab = low(a, b);
      const ce = low(c, e);
      const abHigh = high(a, b);
      const ceHigh = high(c, e);
      v128.store(target, lowPair(ab, ce));
      v128.store(target + step, highPair(ab, ce));
      v128.store(target + 2 * step, lowPair(abHigh, ceHigh));
      v128.store(target + 3 * step, highPair(abHigh, ceHigh));
      target += 4 * step;
      from0 += 16;
      from1 += 16;
      from2 += 16;
      from3 += 16;
    }
    for (; d < D; d++) {
      store<f32>(target, load<f32>(from0) * factor);
      store<f32>(target, load<f32>(from1) * factor, 4);
      store<f32>(target, load<f32>(from2) * factor, 8);
      store<f32>(target, load<f32>(from3) * factor, 12);
      target += step;
      from0 += 4;
      from1 += 4;
      from2 += 4;
      from3 += 4;
    }
  }
}

/** Four rows of D columns, D padded: {@link multiplyTile} with padded rows as columns and padded rows as a result. */
export function multiplyRows(
  weights: usize,
  weightScale: usize,
  rows: usize,
  D: i32,
  depth: i32,
  to: usize,
  onTop: bool,
): void {
  const rowBytes = <usize> paddedWidth(D) << 2;
  for (let offset: usize = 0; offset < rowBytes; offset += 32) {
    multiplyTile(
      weights,
      weightScale,
      rows + offset,
      rowBytes,
      depth,
      to + offset,
      rowBytes,
      onTop,
    );
  }
}

/** to[d] = [to[d] +] factor · from[d], of a padded row, without writing beyond D. */
export function storeRow(from: usize, factor: f32, D: i32, to: usize, onTop: bool): void {
  const factors = f32x4.splat(factor);
  let d = 0;
  for (; d + 4 <= D; d += 4) {
    const value = f32x4.mul(v128.load(from), factors);
    v128.store(to, onTop ? f32x4.add(value, v128.load(to)) : value);
    from += 16;
    to += 16;
  }
  for (; d < D; d++) {
    const value = load<f32>(from) * factor;
    store<f32>(to, onTop ? value + load<f32>(to) : value);
    from += 4;
    to += 4;
  }
}
