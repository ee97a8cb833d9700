// Gradient of attention for the queries, and delta. The twin of attention_backward_query.wgsl; units as in attention.
// Where a sequence is one tile it leaves the queries to attention_backward_whole.as.ts.
// 0 qkv   1 y   2 dy   3 lse   4 dqkv   5 delta   6 T   7 D   8 HEADS   9 GROUP   10 CAUSAL   11 SCALE
import { attentionBytes } from "./attention.as";
import {
  accumulate,
  maskFrom,
  multiplyColumns,
  packColumns,
  packRows,
  paddedWidth,
  storeRow,
  TILE,
  TILE_BYTES,
} from "./attention_tiles.as";
import { storeExp2 } from "./exp2.as";
import { integer, lanesBelow, madd, pointer, privateScratch, real, sumLanes } from "./simd.as";

const LOG2_E: f32 = 1.4426950408889634;

/** delta alone, where the rest is left to attention_backward_whole.as.ts: a unit is one head of one batch row. */
export function attentionBackwardDelta(
  args: usize,
  begin: i32,
  end: i32,
  _scratch: usize,
): void {
  const T = integer(args, 6);
  const D = integer(args, 7);
  const heads = integer(args, 8);
  const outStride = <usize> (heads * D) << 2;
  for (let unit = begin; unit < end; unit++) {
    const batchStart = <usize> (unit / heads * T) * outStride;
    const start = batchStart + (<usize> (unit % heads * D) << 2);
    const delta = pointer(args, 5) + (<usize> (unit * T) << 2);
    storeDeltas(pointer(args, 1) + start, pointer(args, 2) + start, outStride, T, D, delta);
  }
}

/** delta[t] = y[t]·dy[t] of `count` positions. */
function storeDeltas(y: usize, dy: usize, stride: usize, count: i32, D: i32, delta: usize): void {
  for (let t = 0; t < count; t++) {
    store<f32>(delta + (<usize> t << 2), dot(y, dy, D));
    y += stride;
    dy += stride;
  }
}

export function attentionBackwardQuery(
  args: usize,
  begin: i32,
  end: i32,
  scratch: usize,
): void {
  const T = integer(args, 6);
  const D = integer(args, 7);
  const heads = integer(args, 8);
  const group = integer(args, 9);
  const causal = integer(args, 10) != 0;
  const scale = real(args, 11);
  const keyHeads = heads / group;
  const stride = <usize> ((heads + 2 * keyHeads) * D) << 2;
  const outStride = <usize> (heads * D) << 2;
  const headBytes = <usize> D << 2;
  const rowBytes = <usize> paddedWidth(D) << 2;
  const blocks = (T + TILE - 1) / TILE;

  const keys = privateScratch(scratch, 0, attentionBytes(D));
  const values = keys + headBytes * TILE;
  const keyRows = values + headBytes * TILE;
  const sums = keyRows + rowBytes * TILE;
  const scores = sums + rowBytes * TILE;
  const slopes = scores + 4 * TILE_BYTES;

  for (let unit = begin; unit < end; unit++) {
    const start = unit % blocks * TILE;
    const head = unit / blocks % heads;
    const batch = unit / blocks / heads;
    const rows = min(TILE, T - start);
    const batchStart = <usize> (batch * T) * stride;
    const base = pointer(args, 0) + batchStart;
    const queries = base + <usize> head * headBytes;
    const keyColumn = base + <usize> (heads + head / group) * headBytes;
    const valueColumn = keyColumn + <usize> keyHeads * headBytes;
    const outStart = <usize> (batch * T) * outStride + <usize> head * headBytes;
    const y = pointer(args, 1) + outStart;
    const dy = pointer(args, 2) + outStart;
    const statistics = <usize> ((batch * heads + head) * T) << 2;
    const lse = pointer(args, 3) + statistics;
    const delta = pointer(args, 5) + statistics;
    const first = <usize> start * outStride;
    storeDeltas(y + first, dy + first, outStride, rows, D, delta + (<usize> start << 2));
    memory.fill(sums, 0, <usize> ((rows + 3) & ~3) * rowBytes);

    const seen = causal ? start + rows : T;
    for (let tile = 0; tile < seen; tile += TILE) {
      const count = min(TILE, seen - tile);
      const tileStart = <usize> tile * stride;
      packColumns(keyColumn + tileStart, stride, count, D, keys);
      packColumns(valueColumn + tileStart, stride, count, D, values);
      packRows(keyColumn + tileStart, stride, count, D, keyRows);
      for (let row = 0; row < rows; row += 4) {
        // Rows beyond the last query repeat it; nobody reads what comes of them.
        const row0 = start + row;
        const row1 = min(row0 + 1, T - 1);
        const row2 = min(row0 + 2, T - 1);
        const row3 = min(row0 + 3, T - 1);
        const used = causal ? min(count, row0 + 4 - tile) : count;
        const columns = (used + 7) & ~7;
        multiplyColumns(
          queries + <usize> row0 * stride,
          queries + <usize> row1 * stride,
          queries + <usize> row2 * stride,
          queries + <usize> row3 * stride,
          keys,
          D,
          0,
          columns,
          scale * LOG2_E,
          scores,
        );
        multiplyColumns(
          dy + <usize> row0 * outStride,
          dy + <usize> row1 * outStride,
          dy + <usize> row2 * outStride,
          dy + <usize> row3 * outStride,
          values,
          D,
          0,
          columns,
          1,
          slopes,
        );
        for (let i = 0; i < 4; i++) {
          const limit = causal ? min(used, row0 + i + 1 - tile) : used;
          if (limit < columns) maskFrom(scores + <usize> i * TILE_BYTES, limit, columns);
        }
        const rowLse = lse + (<usize> row0 << 2);
        const rowDelta = delta + (<usize> row0 << 2);
        differentiate(scores, scores + (<usize> columns << 2), rowLse, rowDelta, T - 1 - row0);
        accumulate(scores, keyRows, D, 0, used, sums + <usize> row * rowBytes);
      }
    }

    const out = pointer(args, 4) + batchStart + <usize> start * stride + <usize> head * headBytes;
    for (let row = 0; row < rows; row++) {
      storeRow(sums + <usize> row * rowBytes, scale, D, out + <usize> row * stride);
    }
  }
}

/** Turns four rows of scores up to `end`, and the slopes behind them, into gradients of the scores. */
function differentiate(scores: usize, end: usize, lse: usize, delta: usize, last: i32): void {
  const log2e = f32x4.splat(LOG2_E);
  const at1 = <usize> min(1, last) << 2;
  const at2 = <usize> min(2, last) << 2;
  const at3 = <usize> min(3, last) << 2;
  const lse0 = f32x4.mul(v128.load32_splat(lse), log2e);
  const lse1 = f32x4.mul(v128.load32_splat(lse + at1), log2e);
  const lse2 = f32x4.mul(v128.load32_splat(lse + at2), log2e);
  const lse3 = f32x4.mul(v128.load32_splat(lse + at3), log2e);
  for (let at = scores; at < end; at += 16) {
    storeExp2(
      f32x4.sub(v128.load(at), lse0),
      f32x4.sub(v128.load(at, TILE_BYTES), lse1),
      f32x4.sub(v128.load(at, 2 * TILE_BYTES), lse2),
      f32x4.sub(v128.load(at, 3 * TILE_BYTES), lse3),
      at,
      TILE_BYTES,
    );
    const slope = at + 4 * TILE_BYTES;
    timesSlope(at, slope, v128.load32_splat(delta));
    timesSlope(at + TILE_BYTES, slope + TILE_BYTES, v128.load32_splat(delta + at1));
    timesSlope(at + 2 * TILE_BYTES, slope + 2 * TILE_BYTES, v128.load32_splat(delta + at2));
    timesSlope(at + 3 * TILE_BYTES, slope + 3 * TILE_BYTES, v128.load32_splat(delta + at3));
  }
}

// @inline
function timesSlope(weight: usize, slope: usize, delta: v128): void {
  v128.store(weight, f32x4.mul(v128.load(weight), f32x4.sub(v128.load(slope), delta)));
}

function dot(a: usize, b: usize, D: i32): f32 {
  let sum = f32x4.splat(0);
  let d = 0;
  for (; d + 4 <= D; d += 4) {
    sum = madd(v128.load(a), v128.load(b), sum);
    a += 16;
    b += 16;
  }
  if (d < D) {
    const lanes = lanesBelow(D - d);
    sum = madd(v128.and(v128.load(a), lanes), v128.and(v128.load(b), lanes), sum);
  }
  return sumLanes(sum);
}
