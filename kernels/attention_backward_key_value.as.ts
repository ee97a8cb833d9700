// Gradient of attention for the keys and values. The twin of attention_backward_key_value.wgsl. A unit is one tile of
// keys of one key head of one batch row; the queries of all heads that read it come a tile at a time, as columns. Where
// a sequence is one tile, attention_backward_whole.as.ts does this and the queries.
// 0 qkv   1 dy   2 lse   3 delta   4 dqkv   5 T   6 D   7 HEADS   8 GROUP   9 CAUSAL   10 SCALE
import { attentionBytes } from "./attention.as";
import {
  accumulate,
  maskBelow,
  multiplyColumns,
  packColumns,
  packRows,
  paddedWidth,
  storeRow,
  TILE,
  TILE_BYTES,
} from "./attention_tiles.as";
import { storeExp2 } from "./exp2.as";
import { integer, pointer, privateScratch, real } from "./simd.as";

const LOG2_E: f32 = 1.4426950408889634;

export function attentionBackwardKeyValue(
  args: usize,
  begin: i32,
  end: i32,
  scratch: usize,
): void {
  const T = integer(args, 5);
  const D = integer(args, 6);
  const heads = integer(args, 7);
  const group = integer(args, 8);
  const causal = integer(args, 9) != 0;
  const scale = real(args, 10);
  const keyHeads = heads / group;
  const stride = <usize> ((heads + 2 * keyHeads) * D) << 2;
  const outStride = <usize> (heads * D) << 2;
  const headBytes = <usize> D << 2;
  const rowBytes = <usize> paddedWidth(D) << 2;
  const blocks = (T + TILE - 1) / TILE;

  const queries = privateScratch(scratch, 0, attentionBytes(D));
  const gradients = queries + headBytes * TILE;
  const queryRows = gradients + headBytes * TILE;
  const gradientRows = queryRows + rowBytes * TILE;
  const keySums = gradientRows + rowBytes * TILE;
  const valueSums = keySums + rowBytes * TILE;
  const scores = valueSums + rowBytes * TILE;
  const slopes = scores + 4 * TILE_BYTES;
  const lses = slopes + 4 * TILE_BYTES;
  const deltas = lses + TILE_BYTES;

  for (let unit = begin; unit < end; unit++) {
    const start = unit % blocks * TILE;
    const keyHead = unit / blocks % keyHeads;
    const batch = unit / blocks / keyHeads;
    const rows = min(TILE, T - start);
    const batchStart = <usize> (batch * T) * stride;
    const base = pointer(args, 0) + batchStart;
    const keyColumn = <usize> (heads + keyHead) * headBytes;
    const valueColumn = keyColumn + <usize> keyHeads * headBytes;
    const keys = base + keyColumn;
    const values = base + valueColumn;
    memory.fill(keySums, 0, 2 * TILE * rowBytes);

    for (let head = keyHead * group; head < (keyHead + 1) * group; head++) {
      const query = base + <usize> head * headBytes;
      const dy = pointer(args, 1) + <usize> (batch * T) * outStride + <usize> head * headBytes;
      const statistics = <usize> ((batch * heads + head) * T) << 2;
      for (let tile = causal ? start : 0; tile < T; tile += TILE) {
        const count = min(TILE, T - tile);
        const columns = (count + 7) & ~7;
        const queryStart = query + <usize> tile * stride;
        const dyStart = dy + <usize> tile * outStride;
        packColumns(queryStart, stride, count, D, queries);
        packRows(queryStart, stride, count, D, queryRows);
        packColumns(dyStart, outStride, count, D, gradients);
        packRows(dyStart, outStride, count, D, gradientRows);
        const lse = pointer(args, 2) + statistics + (<usize> tile << 2);
        const delta = pointer(args, 3) + statistics + (<usize> tile << 2);
        for (let column = 0; column < columns; column++) {
          const offset = <usize> column << 2;
          // A column beyond the last query gets the weight 0.
          const real = column < count;
          store<f32>(lses + offset, real ? load<f32>(lse + offset) * LOG2_E : f32.MAX_VALUE);
          store<f32>(deltas + offset, real ? load<f32>(delta + offset) : 0);
        }
        for (let row = 0; row < rows; row += 4) {
          // Rows beyond the last key repeat it; nobody reads what comes of them.
          const row0 = start + row;
          const row1 = min(row0 + 1, T - 1);
          const row2 = min(row0 + 2, T - 1);
          const row3 = min(row0 + 3, T - 1);
          const used = causal ? max(0, row0 - tile) : 0;
          const first = used & ~7;
          multiplyColumns(
            keys + <usize> row0 * stride,
            keys + <usize> row1 * stride,
            keys + <usize> row2 * stride,
            keys + <usize> row3 * stride,
            queries,
            D,
            first,
            columns,
            scale * LOG2_E,
            scores,
          );
          multiplyColumns(
            values + <usize> row0 * stride,
            values + <usize> row1 * stride,
            values + <usize> row2 * stride,
            values + <usize> row3 * stride,
            gradients,
            D,
            first,
            columns,
            1,
            slopes,
          );
          if (causal) {
            for (let i = 0; i < 4; i++) {
              maskBelow(scores + <usize> i * TILE_BYTES, first, min(row0 + i - tile, columns));
            }
          }
          differentiate(scores, <usize> first << 2, <usize> columns << 2, lses, deltas);
          accumulate(scores, gradientRows, D, used, count, valueSums + <usize> row * rowBytes);
          accumulate(slopes, queryRows, D, used, count, keySums + <usize> row * rowBytes);
        }
      }
    }

    const out = pointer(args, 4) + batchStart + <usize> start * stride;
    for (let row = 0; row < rows; row++) {
      const to = out + <usize> row * stride;
      storeRow(keySums + <usize> row * rowBytes, scale, D, to + keyColumn);
      storeRow(valueSums + <usize> row * rowBytes, 1, D, to + valueColumn);
    }
  }
}

/**
 * Turns four rows of scores into weights, and the slopes behind them into gradients of the scores.
 *
 * @param begin From where on in a row, in bytes; `end` likewise.
 */
function differentiate(scores: usize, begin: usize, end: usize, lses: usize, deltas: usize): void {
  for (let offset = begin; offset < end; offset += 16) {
    const at = scores + offset;
    const lse = v128.load(lses + offset);
    storeExp2(
      f32x4.sub(v128.load(at), lse),
      f32x4.sub(v128.load(at, TILE_BYTES), lse),
      f32x4.sub(v128.load(at, 2 * TILE_BYTES), lse),
      f32x4.sub(v128.load(at, 3 * TILE_BYTES), lse),
      at,
      TILE_BYTES,
    );
    const delta = v128.load(deltas + offset);
    timesSlope(at, delta);
    timesSlope(at + TILE_BYTES, delta);
    timesSlope(at + 2 * TILE_BYTES, delta);
    timesSlope(at + 3 * TILE_BYTES, delta);
  }
}

// @inline
function timesSlope(weight: usize, delta: v128): void {
  const slope = weight + 4 * TILE_BYTES;
  v128.store(slope, f32x4.mul(v128.load(weight), f32x4.sub(v128.load(slope), delta)));
}
