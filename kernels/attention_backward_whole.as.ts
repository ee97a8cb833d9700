// The gradient of attention where a sequence is one tile: the scores that attention_backward_query and
// attention_backward_key_value would both compute are computed once. The former then leaves it at delta. A unit is one
// key head of one batch row with all query heads that read it. Arguments as in attention_backward_key_value.
import {
  accumulate,
  accumulateTransposed,
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
import { integer, pointer, privateScratch, real } from "./simd.as";

const LOG2_E: f32 = 1.4426950408889634;
/** Bytes of a matrix of scores. */
const MATRIX: usize = TILE * TILE_BYTES;

/** Bytes of scratch per thread, as in src/device/cpu/kernels.ts. */
// inline
function wholeBytes(D: i32): usize {
  return (8 * <usize> paddedWidth(D) + 2 * TILE + 1) * TILE_BYTES;
}

export function attentionBackwardWhole(args: usize, begin: i32, end: i32, scratch: usize): void {
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
  const rowsBytes = rowBytes * TILE;

  const keyColumns = privateScratch(scratch, 0, wholeBytes(D));
  const valueColumns = keyColumns + rowsBytes;
  const keyRows = valueColumns + rowsBytes;
  const queryRows = keyRows + rowsBytes;
  const gradientRows = queryRows + rowsBytes;
  const keySums = gradientRows + rowsBytes;
  const valueSums = keySums + rowsBytes;
  // Row t of both is of query t.
  const weights = valueSums + rowsBytes;
  const slopes = weights + MATRIX;
  const lses = slopes + MATRIX;
  const querySums = lses + TILE_BYTES;

  for (let unit = begin; unit < end; unit++) {
    const keyHead = unit % keyHeads;
    const batch = unit / keyHeads;
    const batchStart = <usize> (batch * T) * stride;
    const base = pointer(args, 0) + batchStart;
    const out = pointer(args, 4) + batchStart;
    const keyOffset = <usize> (heads + keyHead) * headBytes;
    const valueOffset = keyOffset + <usize> keyHeads * headBytes;
    packColumns(base + keyOffset, stride, T, D, keyColumns);
    packColumns(base + valueOffset, stride, T, D, valueColumns);
    packRows(base + keyOffset, stride, T, D, keyRows);
    memory.fill(keySums, 0, 2 * rowsBytes);

    for (let head = keyHead * group; head < (keyHead + 1) * group; head++) {
      const headOffset = <usize> head * headBytes;
      const queries = base + headOffset;
      const outStart = <usize> (batch * T) * outStride + headOffset;
      const dy = pointer(args, 1) + outStart;
      const statistics = <usize> ((batch * heads + head) * T) << 2;
      const lse = pointer(args, 2) + statistics;
      const delta = pointer(args, 3) + statistics;
      packRows(queries, stride, T, D, queryRows);
      packRows(dy, outStride, T, D, gradientRows);
      for (let t = 0; t < T; t++) {
        const at = <usize> t << 2;
        store<f32>(lses + at, load<f32>(lse + at) * LOG2_E);
      }
      // What comes of rows beyond the last query, of whatever lies there, nobody reads.
      for (let row0 = 0; row0 < T; row0 += 4) {
        const used = causal ? min(T, row0 + 4) : T;
        const columns = (used + 7) & ~7;
        const rowWeights = weights + <usize> row0 * TILE_BYTES;
        const rowSlopes = slopes + <usize> row0 * TILE_BYTES;
        multiplyColumns(
          queryRows + <usize> row0 * rowBytes,
          queryRows + <usize> (row0 + 1) * rowBytes,
          queryRows + <usize> (row0 + 2) * rowBytes,
          queryRows + <usize> (row0 + 3) * rowBytes,
          keyColumns,
          D,
          0,
          columns,
          scale * LOG2_E,
          rowWeights,
        );
        multiplyColumns(
          gradientRows + <usize> row0 * rowBytes,
          gradientRows + <usize> (row0 + 1) * rowBytes,
          gradientRows + <usize> (row0 + 2) * rowBytes,
          gradientRows + <usize> (row0 + 3) * rowBytes,
          valueColumns,
          D,
          0,
          columns,
          1,
          rowSlopes,
        );
        for (let i = 0; i < 4; i++) {
          const limit = causal ? min(used, row0 + i + 1) : used;
          if (limit < columns) maskFrom(rowWeights + <usize> i * TILE_BYTES, limit, columns);
        }
        const at = <usize> row0 << 2;
        differentiate(rowWeights, rowSlopes, <usize> columns << 2, lses + at, delta + at);
        memory.fill(querySums, 0, 4 * rowBytes);
        accumulate(rowSlopes, keyRows, D, 0, used, querySums);
        for (let row = row0; row < min(row0 + 4, T); row++) {
          const to = out + <usize> row * stride + headOffset;
          storeRow(querySums + <usize> (row - row0) * rowBytes, scale, D, to);
        }
      }
      for (let key = 0; key < T; key += 4) {
        const first = causal ? key : 0;
        const column = <usize> key << 2;
        const sum = <usize> key * rowBytes;
        accumulateTransposed(weights + column, gradientRows, D, first, T, valueSums + sum);
        accumulateTransposed(slopes + column, queryRows, D, first, T, keySums + sum);
      }
    }

    for (let row = 0; row < T; row++) {
      const to = out + <usize> row * stride;
      storeRow(keySums + <usize> row * rowBytes, scale, D, to + keyOffset);
      storeRow(valueSums + <usize> row * rowBytes, 1, D, to + valueOffset);
    }
  }
}

/**
 * Turns four rows of scores into weights, and slopes into gradients of the scores.
 *
 * param length Of a row, in bytes.
 */
function differentiate(
  scores: usize,
  slopes: usize,
  length: usize,
  lse: usize,
  delta: usize,
): void {
  const lse0 = v128.load32_splat(lse);
  const lse1 = v128.load32_splat(lse, 4);
  const lse2 = v128.load32_splat(lse, 8);
  const lse3 = v128.load32_splat(lse, 12);
  for (let offset: usize = 0; offset < length; offset += 16) {
    const at = scores + offset;
    storeExp2(
      f32x4.sub(v128.load(at), lse0),
      f32x4.sub(v128.load(at, TILE_BYTES), lse1),
      f32x4.sub(v128.load(at, 2 * TILE_BYTES), lse2),
      f32x4.sub(v128.load(at, 3 * TILE_BYTES), lse3),
      at,
      TILE_BYTES,
    );
    const slope = slopes + offset;
    timesWeight(slope, at, v128.load32_splat(delta));
    timesWeight(slope + TILE_BYTES, at + TILE_BYTES, v128.load32_splat(delta, 4));
    timesWeight(slope + 2 * TILE_BYTES, at + 2 * TILE_BYTES, v128.load32_splat(delta, 8));
    timesWeight(slope + 3 * TILE_BYTES, at + 3 * TILE_BYTES, v128.load32_splat(delta, 12));
  }
}

// inline
function timesWeight(slope: usize, weight: usize, delta: v128): void {
  v128.store(slope, f32x4.mul(v128.load(weight), f32x4.sub(v128.load(slope), delta)));
}
