// Softmax attention with grouped heads. The twin of attention.wgsl. A unit is one tile of queries of one head of one
// batch row; keys and values come a tile at a time, with a running peak and sum. Scores are kept in units of log 2.
// 0 qkv   1 y   2 lse   3 T   4 D   5 HEADS   6 GROUP   7 CAUSAL   8 SCALE
import {
  accumulate,
  mask,
  multiplyColumns,
  packColumns,
  packRows,
  paddedWidth,
  storeRow,
  TILE,
  TILE_BYTES,
} from "./attention_tiles.as";
import { exp2Lanes } from "./exp2.as";
import { integer, maxLanes, pointer, privateScratch, real, sumLanes } from "./simd.as";

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
    mask(peaks, 0, TILE);

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
          const rowScores = scores + <usize> i * TILE_BYTES;
          mask(rowScores, causal ? min(used, first + i + 1 - tile) : used, columns);
          const peak = peaks + (<usize> (row + i) << 2);
          weigh(rowScores, columns, peak, sums + <usize> (row + i) * rowBytes, rowBytes);
        }
        accumulate(scores, values, D, 0, used, sums + <usize> row * rowBytes);
      }
    }

    const out = pointer(args, 1) + <usize> (batch * T + start) * outStride +
      <usize> head * headBytes;
    const lse = pointer(args, 2) + (<usize> ((batch * heads + head) * T + start) << 2);
    for (let row = 0; row < rows; row++) {
      const total = load<f32>(totals + (<usize> row << 2));
      const peak = load<f32>(peaks + (<usize> row << 2));
      storeRow(sums + <usize> row * rowBytes, 1 / total, D, out + <usize> row * outStride);
      store<f32>(lse + (<usize> row << 2), peak * LN_2 + Mathf.log(total));
    }
  }
}

/** Bytes of scratch per thread of each attention kernel, as in src/device/cpu/kernels.ts. */
// @inline
export function attentionBytes(D: i32): usize {
  return (6 * <usize> paddedWidth(D) + 16) * TILE_BYTES;
}

/** Turns a row of scores into weights; `peak` and, a TILE behind it, the total are those of all tiles so far. */
function weigh(scores: usize, columns: i32, peak: usize, sums: usize, rowBytes: usize): void {
  const end = scores + (<usize> columns << 2);
  const oldPeak = load<f32>(peak);
  let top0 = f32x4.splat(oldPeak);
  let top1 = top0;
  for (let at = scores; at < end; at += 32) {
    // pmax is one instruction; a NaN that it hides shows in the weights.
    top0 = f32x4.pmax(top0, v128.load(at));
    top1 = f32x4.pmax(top1, v128.load(at, 16));
  }
  const newPeak = maxLanes(f32x4.pmax(top0, top1));
  let total = load<f32>(peak, TILE_BYTES);
  if (newPeak != oldPeak) {
    const shrink = exp2Lanes(f32x4.splat(oldPeak - newPeak));
    if (total != 0) {
      for (let at = sums; at < sums + rowBytes; at += 16) {
        v128.store(at, f32x4.mul(v128.load(at), shrink));
      }
    }
    total *= f32x4.extract_lane(shrink, 0);
    store<f32>(peak, newPeak);
  }
  const tops = f32x4.splat(newPeak);
  let sum0 = f32x4.splat(0);
  let sum1 = sum0;
  for (let at = scores; at < end; at += 32) {
    const low = exp2Lanes(f32x4.sub(v128.load(at), tops));
    const high = exp2Lanes(f32x4.sub(v128.load(at, 16), tops));
    v128.store(at, low);
    v128.store(at, high, 16);
    sum0 = f32x4.add(sum0, low);
    sum1 = f32x4.add(sum1, high);
  }
  store<f32>(peak, total + sumLanes(f32x4.add(sum0, sum1)), TILE_BYTES);
}
