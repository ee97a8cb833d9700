// Gradient of attention for the keys and values. The twin of attention_backward_key_value.wgsl. A unit is one tile of
// keys of one key head of one batch row; the queries of all heads that read it come a tile at a time, as columns.
// 0 qkv   1 dy   2 lse   3 delta   4 dqkv   5 T   6 D   7 HEADS   8 GROUP   9 CAUSAL   10 SCALE
import { attentionBytes } from "./attention.as";
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
          for (let i = 0; i < 4; i++) {
            const rowStart = <usize> i * TILE_BYTES;
            if (causal) mask(scores + rowStart, first, min(row0 + i - tile, columns));
            for (let at = <usize> first << 2; at < <usize> columns << 2; at += 32) {
              const weight = scores + rowStart + at;
              const slope = slopes + rowStart + at;
              const low = exp2Lanes(f32x4.sub(v128.load(weight), v128.load(lses + at)));
              const high = exp2Lanes(f32x4.sub(v128.load(weight, 16), v128.load(lses + at, 16)));
              const lowSlope = f32x4.sub(v128.load(slope), v128.load(deltas + at));
              const highSlope = f32x4.sub(v128.load(slope, 16), v128.load(deltas + at, 16));
              v128.store(weight, low);
              v128.store(weight, high, 16);
              v128.store(slope, f32x4.mul(low, lowSlope));
              v128.store(slope, f32x4.mul(high, highSlope), 16);
            }
          }
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
