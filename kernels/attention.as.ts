// Softmax attention with grouped heads. The twin of attention.wgsl. A unit is one tile of queries of one head of one
// batch row; keys and values come a tile at a time, with a running peak and sum. Scores are kept in units of log 2.
// 0 qkv   1 y   2 lse   3 T   4 D   5 HEADS   6 GROUP   7 CAUSAL   8 SCALE
import {
  accumulate,
  MASKED,
  maskFrom,
  multiplyColumns,
  packColumns,
  packRows,
  paddedWidth,
  storeRow,
  TILE,
  TILE_BYTES,
} from "./attention_tiles.as";
import { log4, storeExp2 } from "./exp2.as";
import { integer, madd, pointer, privateScratch, real, storePart } from "./simd.as";

const LOG2_E: f32 = 1.4426950408889634;
const LN_2: f32 = 0.6931471805599453;

export function attention(args: usize, begin: i32, end: i32, scratch: usize): void {
  const T = integer(args, 3);
  const D = integer(args, 4);
  const heads = integer(args, 5);
  const group = integer(args, 6);
  const causal = integer(args, 7) != 0;
  const scale = real(args, 8) * LOG2_E;
  const keyHeads = heads / group;
  const stride = <usize> ((heads + 2 * keyHeads) * D) << 2;
  const outStride = <usize> (heads * D) << 2;
  const headBytes = <usize> D << 2;
  const rowBytes = <usize> paddedWidth(D) << 2;
  const blocks = (T + TILE - 1) / TILE;

  const keys = privateScratch(scratch, 0, attentionBytes(D));
  const values = keys + headBytes * TILE;
  const sums = values + rowBytes * TILE;
  const scores = sums + rowBytes * TILE;
  const peaks = scores + 4 * TILE_BYTES;
  const totals = peaks + TILE_BYTES;

  for (let unit = begin; unit < end; unit++) {
    const start = unit % blocks * TILE;
    const head = unit / blocks % heads;
    const batch = unit / blocks / heads;
    const rows = min(TILE, T - start);
    const base = pointer(args, 0) + <usize> (batch * T) * stride;
    const queries = base + <usize> head * headBytes;
    const keyColumn = base + <usize> (heads + head / group) * headBytes;
    const valueColumn = keyColumn + <usize> keyHeads * headBytes;
    memory.fill(sums, 0, <usize> ((rows + 3) & ~3) * rowBytes);
    memory.fill(totals, 0, TILE_BYTES);
    for (let row: usize = 0; row < TILE_BYTES; row += 16) {
      v128.store(peaks + row, f32x4.splat(MASKED));
    }

    const seen = causal ? start + rows : T;
    for (let tile = 0; tile < seen; tile += TILE) {
      const count = min(TILE, seen - tile);
      packColumns(keyColumn + <usize> tile * stride, stride, count, D, keys);
      packRows(valueColumn + <usize> tile * stride, stride, count, D, values);
      for (let row = 0; row < rows; row += 4) {
        const first = start + row;
        // Rows beyond the last query repeat it; nobody reads what comes of them.
        const last = T - 1;
        const query0 = queries + <usize> first * stride;
        const query1 = queries + <usize> min(first + 1, last) * stride;
        const query2 = queries + <usize> min(first + 2, last) * stride;
        const query3 = queries + <usize> min(first + 3, last) * stride;
        const used = causal ? min(count, first + 4 - tile) : count;
        const columns = (used + 7) & ~7;
        multiplyColumns(query0, query1, query2, query3, keys, D, 0, columns, scale, scores);
        for (let i = 0; i < 4; i++) {
          const limit = causal ? min(used, first + i + 1 - tile) : used;
          if (limit < columns) maskFrom(scores + <usize> i * TILE_BYTES, limit, columns);
        }
        const sum = sums + <usize> row * rowBytes;
        weigh(scores, columns, peaks + (<usize> row << 2), sum, tile > 0 ? rowBytes : 0);
        accumulate(scores, values, D, 0, used, sum);
      }
    }

    const out = pointer(args, 1) + <usize> (batch * T + start) * outStride +
      <usize> head * headBytes;
    const lse = pointer(args, 2) + (<usize> ((batch * heads + head) * T + start) << 2);
    for (let row = 0; row < rows; row += 4) {
      const offset = <usize> row << 2;
      const total = v128.load(totals + offset);
      const logSum = madd(v128.load(peaks + offset), f32x4.splat(LN_2), log4(total));
      if (row + 4 <= rows) v128.store(lse + offset, logSum);
      else storePart(lse + offset, logSum, rows - row);
      v128.store(totals + offset, f32x4.div(f32x4.splat(1), total));
    }
    for (let row = 0; row < rows; row++) {
      const factor = load<f32>(totals + (<usize> row << 2));
      storeRow(sums + <usize> row * rowBytes, factor, D, out + <usize> row * outStride);
    }
  }
}

/** Bytes of scratch per thread of each attention kernel, as in src/device/cpu/kernels.ts. */
// @inline
export function attentionBytes(D: i32): usize {
  return (6 * <usize> paddedWidth(D) + 16) * TILE_BYTES;
}

/**
 * Turns four rows of scores into weights.
 *
 * @param peak Of the four rows in all tiles so far and, a TILE behind it, the totals.
 * @param sums Four rows of weighted sums so far, to be scaled when the peak grows.
 * @param rowBytes Bytes of a row of sums; 0 if there are none yet.
 */
function weigh(scores: usize, columns: i32, peak: usize, sums: usize, rowBytes: usize): void {
  const end = scores + (<usize> columns << 2);
  let a = v128.load(scores);
  let b = v128.load(scores, TILE_BYTES);
  let c = v128.load(scores, 2 * TILE_BYTES);
  let d = v128.load(scores, 3 * TILE_BYTES);
  for (let at = scores + 16; at < end; at += 16) {
    // pmax is one instruction; a NaN that it hides shows in the weights.
    a = f32x4.pmax(a, v128.load(at));
    b = f32x4.pmax(b, v128.load(at, TILE_BYTES));
    c = f32x4.pmax(c, v128.load(at, 2 * TILE_BYTES));
    d = f32x4.pmax(d, v128.load(at, 3 * TILE_BYTES));
  }
  const oldPeak = v128.load(peak);
  const ab = f32x4.pmax(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.pmax(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  const tops = f32x4.pmax(
    f32x4.pmax(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7)),
    oldPeak,
  );
  v128.store(peak, tops);
  let total = f32x4.splat(0);
  if (rowBytes != 0) {
    total = v128.load(peak, TILE_BYTES);
    if (v128.any_true(f32x4.ne(tops, oldPeak))) {
      total = shrink(peak, total, oldPeak, tops, sums, rowBytes);
    }
  }
  const top0 = v128.shuffle<f32>(tops, tops, 0, 0, 0, 0);
  const top1 = v128.shuffle<f32>(tops, tops, 1, 1, 1, 1);
  const top2 = v128.shuffle<f32>(tops, tops, 2, 2, 2, 2);
  const top3 = v128.shuffle<f32>(tops, tops, 3, 3, 3, 3);
  a = f32x4.splat(0);
  b = a;
  c = a;
  d = a;
  for (let at = scores; at < end; at += 16) {
    storeExp2(
      f32x4.sub(v128.load(at), top0),
      f32x4.sub(v128.load(at, TILE_BYTES), top1),
      f32x4.sub(v128.load(at, 2 * TILE_BYTES), top2),
      f32x4.sub(v128.load(at, 3 * TILE_BYTES), top3),
      at,
      TILE_BYTES,
    );
    a = f32x4.add(a, v128.load(at));
    b = f32x4.add(b, v128.load(at, TILE_BYTES));
    c = f32x4.add(c, v128.load(at, 2 * TILE_BYTES));
    d = f32x4.add(d, v128.load(at, 3 * TILE_BYTES));
  }
  const low = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const high = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  const sum = f32x4.add(
    v128.shuffle<f32>(low, high, 0, 1, 4, 5),
    v128.shuffle<f32>(low, high, 2, 3, 6, 7),
  );
  v128.store(peak, f32x4.add(total, sum), TILE_BYTES);
}

/** Scales four rows of sums by 2^(oldPeak − peak), and returns the totals scaled alike. */
function shrink(
  peak: usize,
  total: v128,
  oldPeak: v128,
  tops: v128,
  sums: usize,
  rowBytes: usize,
): v128 {
  // The totals are stored anew afterwards: their place serves for the factors.
  const factors = peak + TILE_BYTES;
  const difference = f32x4.sub(oldPeak, tops);
  storeExp2(difference, difference, difference, difference, factors, 0);
  for (let row: usize = 0; row < 4; row++) {
    const factor = v128.load32_splat(factors + (row << 2));
    const rowEnd = sums + rowBytes;
    for (; sums < rowEnd; sums += 16) v128.store(sums, f32x4.mul(v128.load(sums), factor));
  }
  return f32x4.mul(total, v128.load(factors));
}
