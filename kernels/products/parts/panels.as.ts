// Panels of a matrix of words, as the products read them, AssemblyScript: a few rows or columns side by side, element
// by element of the inner dimension.

import { high, highPair, low, lowPair } from "../../shared/interleave.as";

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
      const low01 = low(v0, v1);
      const low23 = low(v2, v3);
      const high01 = high(v0, v1);
      const high23 = high(v2, v3);
      v128.store(b, lowPair(low01, low23));
      v128.store(b + toStride, highPair(low01, low23));
      v128.store(b + 2 * toStride, lowPair(high01, high23));
      v128.store(b + 3 * toStride, highPair(high01, high23));
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
export function packPanels(
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
