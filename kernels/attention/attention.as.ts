// Softmax attention with grouped heads. The twin of attention.wgsl. A unit is one tile of queries of one head of one
// batch row; keys and values come a tile at a time, with a running peak and sum. Scores are kept in units of log 2.
//
// The scores of 8 queries lie side by side, one row of them per key: so peaks and sums need no exchange of lanes, and the
// weights are what the product with the values takes as its rows.
import { AttentionArguments } from "./arguments.as";
import {
  fetchRows,
  MASKED,
  multiplyRows,
  packPanels,
  packRows,
  paddedWidth,
  storeRow,
  TILE,
} from "./parts/attention_tiles.as";
import { log4, storeExp2 } from "../shared/exp2.as";
import { madd, privateScratch, storePart } from "../shared/simd.as";
import { multiplyTile } from "../products/parts/tile.as";

const LOG2_E: f32 = 1.4426950408889634;
const LN_2: f32 = 0.6931471805599453;
/** Queries that are worked on together, and the bytes of their scores with one key. */
const QUERIES = 8;
const SCORE_BYTES: usize = 32;
/** A float per query of a tile. */
const STATISTIC_BYTES: usize = 4 * TILE;

/** Bytes of scratch per thread, as attention.ts declares them. */
// @inline
function attentionBytes(D: i32): usize {
  return <usize> (4 * paddedWidth(D) + 12) * STATISTIC_BYTES;
}

export function attention(args: AttentionArguments, begin: i32, end: i32, scratch: usize): void {
  const T = args.T;
  const D = args.D;
  const heads = args.HEADS;
  const group = args.GROUP;
  const causal = args.CAUSAL;
  const scale = args.SCALE * LOG2_E;
  const keyHeads = heads / group;
  const stride = <usize> ((heads + 2 * keyHeads) * D) << 2;
  const outStride = <usize> (heads * D) << 2;
  const headBytes = <usize> D << 2;
  const rowBytes = <usize> paddedWidth(D) << 2;
  const blocks = (T + TILE - 1) / TILE;

  const queries = privateScratch(scratch, 0, attentionBytes(D));
  const keys = queries + rowBytes * TILE;
  const values = keys + rowBytes * TILE;
  const sums = values + rowBytes * TILE;
  const scores = sums + rowBytes * TILE;
  const peaks = scores + SCORE_BYTES * TILE;
  const totals = peaks + STATISTIC_BYTES;

  for (let unit = begin; unit < end; unit++) {
    const start = unit % blocks * TILE;
    const head = unit / blocks % heads;
    const batch = unit / blocks / heads;
    const rows = min(TILE, T - start);
    const base = args.qkv + <usize> (batch * T) * stride;
    const query = base + <usize> start * stride + <usize> head * headBytes;
    const keyColumn = base + <usize> (heads + head / group) * headBytes;
    const valueColumn = keyColumn + <usize> keyHeads * headBytes;
    fetchRows(query, stride, rows, D);
    packPanels(query, stride, rows, D, QUERIES, scale, queries);
    memory.fill(totals, 0, STATISTIC_BYTES);
    for (let row: usize = 0; row < STATISTIC_BYTES; row += 16) {
      v128.store(peaks + row, f32x4.splat(MASKED));
    }

    const seen = causal ? start + rows : T;
    for (let tile = 0; tile < seen; tile += TILE) {
      const count = min(TILE, seen - tile);
      fetchRows(keyColumn + <usize> tile * stride, stride, count, D);
      fetchRows(valueColumn + <usize> tile * stride, stride, count, D);
      packPanels(keyColumn + <usize> tile * stride, stride, count, D, 4, 1, keys);
      packRows(valueColumn + <usize> tile * stride, stride, count, D, values);
      for (let row = 0; row < rows; row += QUERIES) {
        const first = start + row;
        const used = causal ? min(count, first + QUERIES - tile) : count;
        const panel = queries + <usize> row * headBytes;
        for (let key = 0; key < used; key += 4) {
          const to = scores + <usize> key * SCORE_BYTES;
          multiplyTile(keys + <usize> key * headBytes, 16, panel, 32, D, to, SCORE_BYTES, false);
        }
        if (causal) maskLater(scores, first - tile, used);
        const sum = sums + <usize> row * rowBytes;
        weigh(scores, used, peaks + (<usize> row << 2), sum, tile > 0 ? rowBytes : 0);
        multiplyRows(scores, SCORE_BYTES, values, D, used, sum, tile > 0);
        if (row + 4 >= rows) continue;
        multiplyRows(scores + 16, SCORE_BYTES, values, D, used, sum + 4 * rowBytes, tile > 0);
      }
    }

    const out = args.y + <usize> (batch * T + start) * outStride +
      <usize> head * headBytes;
    const lse = args.lse + (<usize> ((batch * heads + head) * T + start) << 2);
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
      storeRow(sums + <usize> row * rowBytes, factor, D, out + <usize> row * outStride, false);
    }
  }
}

/** Masks the keys behind each of 8 queries, of which the first is the key `first`; up to the key `end`. */
function maskLater(scores: usize, first: i32, end: i32): void {
  const masked = f32x4.splat(MASKED);
  const low = i32x4(0, 1, 2, 3);
  const high = i32x4(4, 5, 6, 7);
  for (let key = max(0, first + 1); key < end; key++) {
    const at = scores + <usize> key * SCORE_BYTES;
    const place = i32x4.splat(key - first);
    v128.store(at, v128.bitselect(masked, v128.load(at), i32x4.lt_s(low, place)));
    v128.store(at, v128.bitselect(masked, v128.load(at, 16), i32x4.lt_s(high, place)), 16);
  }
}

/**
 * Turns the scores of 8 queries with `keys` keys into weights.
 *
 * @param peak Of the queries in all tiles so far; the totals and room for factors, each STATISTIC_BYTES behind.
 * @param sums Eight rows of weighted sums so far, to be scaled when a peak grows.
 * @param rowBytes Bytes of a row of sums; 0 if there are none yet.
 */
function weigh(scores: usize, keys: i32, peak: usize, sums: usize, rowBytes: usize): void {
  const end = scores + <usize> keys * SCORE_BYTES;
  const oldLow = v128.load(peak);
  const oldHigh = v128.load(peak, 16);
  let low = oldLow;
  let high = oldHigh;
  for (let at = scores; at < end; at += SCORE_BYTES) {
    // pmax is one instruction; a NaN that it hides shows in the weights.
    low = f32x4.pmax(low, v128.load(at));
    high = f32x4.pmax(high, v128.load(at, 16));
  }
  v128.store(peak, low);
  v128.store(peak, high, 16);
  const totals = peak + STATISTIC_BYTES;
  if (rowBytes != 0) {
    shrink(totals, f32x4.sub(oldLow, low), f32x4.sub(oldHigh, high), sums, rowBytes);
  }
  // Two keys at a time: behind an odd last one comes another, without any weight.
  if ((keys & 1) != 0) {
    v128.store(end, f32x4.splat(MASKED));
    v128.store(end, f32x4.splat(MASKED), 16);
  }
  let totalLow = v128.load(totals);
  let totalHigh = v128.load(totals, 16);
  for (let at = scores; at < end; at += 2 * SCORE_BYTES) {
    storeExp2(
      f32x4.sub(v128.load(at), low),
      f32x4.sub(v128.load(at, 16), high),
      f32x4.sub(v128.load(at, 32), low),
      f32x4.sub(v128.load(at, 48), high),
      at,
      16,
    );
    totalLow = f32x4.add(totalLow, f32x4.add(v128.load(at), v128.load(at, 32)));
    totalHigh = f32x4.add(totalHigh, f32x4.add(v128.load(at, 16), v128.load(at, 48)));
  }
  v128.store(totals, totalLow);
  v128.store(totals, totalHigh, 16);
}

/** Scales the totals and the rows of sums of 8 queries by 2 to the power of what their peaks have shrunk by. */
function shrink(totals: usize, low: v128, high: v128, sums: usize, rowBytes: usize): void {
  const none = f32x4.splat(0);
  if (!v128.any_true(v128.or(f32x4.ne(low, none), f32x4.ne(high, none)))) return;
  let factor = totals + STATISTIC_BYTES;
  storeExp2(low, high, low, high, factor, 16);
  v128.store(totals, f32x4.mul(v128.load(totals), v128.load(factor)));
  v128.store(totals, f32x4.mul(v128.load(totals, 16), v128.load(factor, 16)), 16);
  for (let row = 0; row < QUERIES; row++) {
    const factors = v128.load32_splat(factor);
    const rowEnd = sums + rowBytes;
    for (; sums < rowEnd; sums += 16) v128.store(sums, f32x4.mul(v128.load(sums), factors));
    factor += 4;
  }
}
