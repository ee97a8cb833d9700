// Gradient of attention for keys, values and queries: the twin of attention_backward_key_value.wgsl and of the greater
// part of attention_backward_query.wgsl, so that every score is computed once. A unit is one key head of one batch row
// with all query heads that read it; a tile of keys at a time meets one tile of queries after the other.
//
// Weights and gradients of the scores of a tile lie in panels of 8 keys, one row of them per query: what the products for
// keys and values take as rows. For the queries, four of them at a time, the latter are transposed on the way.
import { AttentionBackwardKeyValueArguments } from "./arguments.as";
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
import { high, highPair, low, lowPair } from "../shared/interleave.as";
import { storeExp2 } from "../shared/exp2.as";
import { privateScratch } from "../shared/simd.as";
import { multiplyTile } from "../products/parts/tile.as";

const LOG2_E: f32 = 1.4426950408889634;
/** Keys of a panel, and the bytes of a row of it. */
const KEYS = 8;
const ROW_BYTES: usize = 32;
const PANEL_BYTES: usize = ROW_BYTES * TILE;
/** A float for every pair of a query and a key of two tiles. */
const MATRIX_BYTES: usize = 4 * TILE * TILE;

/** Bytes of scratch per thread, as attention.ts declares them. */
// @inline
function scratchBytes(D: i32): usize {
  return <usize> (10 * paddedWidth(D) + 2 * TILE + 4) * (4 * TILE);
}

export function attentionBackward(
  args: AttentionBackwardKeyValueArguments,
  begin: i32,
  end: i32,
  scratch: usize,
): void {
  const T = args.T;
  const D = args.D;
  const heads = args.HEADS;
  const group = args.GROUP;
  const causal = args.CAUSAL;
  const scale = args.SCALE;
  const keyHeads = heads / group;
  const stride = <usize> ((heads + 2 * keyHeads) * D) << 2;
  const outStride = <usize> (heads * D) << 2;
  const headBytes = <usize> D << 2;
  const rowBytes = <usize> paddedWidth(D) << 2;
  const rowsBytes = rowBytes * TILE;

  const keyPanels = privateScratch(scratch, 0, scratchBytes(D));
  const valuePanels = keyPanels + rowsBytes;
  const keyRows = valuePanels + rowsBytes;
  const queryPanels = keyRows + rowsBytes;
  const gradientPanels = queryPanels + rowsBytes;
  const queryRows = gradientPanels + rowsBytes;
  const gradientRows = queryRows + rowsBytes;
  const keySums = gradientRows + rowsBytes;
  const valueSums = keySums + rowsBytes;
  const weights = valueSums + rowsBytes;
  const slopes = weights + MATRIX_BYTES;
  const transposed = slopes + MATRIX_BYTES;
  const querySums = transposed + 16 * TILE;

  for (let unit = begin; unit < end; unit++) {
    const keyHead = unit % keyHeads;
    const batch = unit / keyHeads;
    const batchStart = <usize> (batch * T) * stride;
    const base = args.qkv + batchStart;
    const out = args.dqkv + batchStart;
    const keyOffset = <usize> (heads + keyHead) * headBytes;
    const valueOffset = keyOffset + <usize> keyHeads * headBytes;
    for (let start = 0; start < T; start += TILE) {
      const keys = min(TILE, T - start);
      const keyStart = base + <usize> start * stride + keyOffset;
      const valueStart = base + <usize> start * stride + valueOffset;
      fetchRows(keyStart, stride, keys, D);
      fetchRows(valueStart, stride, keys, D);
      fetchRows(out + <usize> start * stride + keyOffset, stride, keys, D);
      fetchRows(out + <usize> start * stride + valueOffset, stride, keys, D);
      packPanels(keyStart, stride, keys, D, KEYS, 1, keyPanels);
      packPanels(valueStart, stride, keys, D, KEYS, 1, valuePanels);
      packRows(keyStart, stride, keys, D, keyRows);
      let onTop = false;

      for (let head = keyHead * group; head < (keyHead + 1) * group; head++) {
        const headOffset = <usize> head * headBytes;
        const dy = args.dy + <usize> (batch * T) * outStride + headOffset;
        const statistics = <usize> ((batch * heads + head) * T) << 2;
        for (let tile = causal ? start : 0; tile < T; tile += TILE) {
          const rows = min(TILE, T - tile);
          const query = base + <usize> tile * stride + headOffset;
          const gradient = dy + <usize> tile * outStride;
          fetchRows(query, stride, rows, D);
          fetchRows(gradient, outStride, rows, D);
          fetchRows(out + <usize> tile * stride + headOffset, stride, rows, D);
          packPanels(query, stride, rows, D, 4, scale * LOG2_E, queryPanels);
          packRows(query, stride, rows, D, queryRows);
          packPanels(gradient, outStride, rows, D, 4, 1, gradientPanels);
          packRows(gradient, outStride, rows, D, gradientRows);
          for (let row = 0; row < rows; row += 4) {
            const used = causal ? min(keys, tile + row + 4 - start) : keys;
            const at = statistics + (<usize> (tile + row) << 2);
            const lse = args.lse + at;
            const delta = args.delta + at;
            const queryPanel = queryPanels + <usize> row * headBytes;
            const gradientPanel = gradientPanels + <usize> row * headBytes;
            for (let key = 0; key < used; key += KEYS) {
              const place = <usize> (key / KEYS) * PANEL_BYTES + <usize> row * ROW_BYTES;
              const score = weights + place;
              const slope = slopes + place;
              const keyPanel = keyPanels + <usize> key * headBytes;
              const valuePanel = valuePanels + <usize> key * headBytes;
              multiplyTile(queryPanel, 16, keyPanel, 32, D, score, ROW_BYTES, false);
              multiplyTile(gradientPanel, 16, valuePanel, 32, D, slope, ROW_BYTES, false);
              if (causal) maskLater(score, tile + row - start - key);
              differentiate(score, slope, lse, delta, transposed + <usize> key * 16);
            }
            multiplyRows(transposed, 16, keyRows, D, used, querySums, false);
            for (let i = row; i < min(row + 4, rows); i++) {
              const from = querySums + <usize> (i - row) * rowBytes;
              const to = out + <usize> (tile + i) * stride + headOffset;
              storeRow(from, scale, D, to, start > 0);
            }
          }
          // Queries in front of a key do not see it.
          const lead = causal ? start - tile : -TILE;
          sumOverQueries(weights, gradientRows, D, rows, keys, lead, valueSums, onTop);
          sumOverQueries(slopes, queryRows, D, rows, keys, lead, keySums, onTop);
          onTop = true;
        }
      }

      for (let key = 0; key < keys; key++) {
        const to = out + <usize> (start + key) * stride;
        storeRow(keySums + <usize> key * rowBytes, scale, D, to + keyOffset, false);
        storeRow(valueSums + <usize> key * rowBytes, 1, D, to + valueOffset, false);
      }
    }
  }
}

/**
 * sums[key] = [sums[key] +] Σ matrix[query, key] · rows[query], over the queries from key + `lead` on.
 *
 * @param matrix Panels of keys.
 * @param rows Padded rows, as are the sums.
 */
function sumOverQueries(
  matrix: usize,
  rows: usize,
  D: i32,
  queries: i32,
  keys: i32,
  lead: i32,
  sums: usize,
  onTop: bool,
): void {
  const rowBytes = <usize> paddedWidth(D) << 2;
  for (let key = 0; key < keys; key += 4) {
    const first = max(0, key + lead);
    const from = matrix + <usize> (key / KEYS) * PANEL_BYTES + (<usize> (key % KEYS) << 2) +
      <usize> first * ROW_BYTES;
    const row = rows + <usize> first * rowBytes;
    multiplyRows(from, ROW_BYTES, row, D, queries - first, sums + <usize> key * rowBytes, onTop);
  }
}

/** Masks the keys of a panel behind each of four queries, of which the first is the key `first`. */
function maskLater(scores: usize, first: i32): void {
  const masked = f32x4.splat(MASKED);
  const low = i32x4(0, 1, 2, 3);
  const high = i32x4(4, 5, 6, 7);
  for (let query = first; query < min(first + 4, KEYS - 1); query++) {
    const at = scores + <usize> (query - first) * ROW_BYTES;
    const place = i32x4.splat(query);
    v128.store(at, v128.bitselect(masked, v128.load(at), i32x4.gt_s(low, place)));
    v128.store(at, v128.bitselect(masked, v128.load(at, 16), i32x4.gt_s(high, place)), 16);
  }
}

/**
 * Turns the scores of four queries with a panel of keys into weights, and slopes into gradients of the scores.
 *
 * @param transposed Receives these gradients, the four of a key side by side.
 */
function differentiate(
  scores: usize,
  slopes: usize,
  lse: usize,
  delta: usize,
  transposed: usize,
): void {
  const log2e = f32x4.splat(LOG2_E);
  const lse0 = f32x4.mul(v128.load32_splat(lse), log2e);
  const lse1 = f32x4.mul(v128.load32_splat(lse, 4), log2e);
  const lse2 = f32x4.mul(v128.load32_splat(lse, 8), log2e);
  const lse3 = f32x4.mul(v128.load32_splat(lse, 12), log2e);
  const delta0 = v128.load32_splat(delta);
  const delta1 = v128.load32_splat(delta, 4);
  const delta2 = v128.load32_splat(delta, 8);
  const delta3 = v128.load32_splat(delta, 12);
  for (let half: usize = 0; half < ROW_BYTES; half += 16) {
    const score = scores + half;
    storeExp2(
      f32x4.sub(v128.load(score), lse0),
      f32x4.sub(v128.load(score, ROW_BYTES), lse1),
      f32x4.sub(v128.load(score, 2 * ROW_BYTES), lse2),
      f32x4.sub(v128.load(score, 3 * ROW_BYTES), lse3),
      score,
      ROW_BYTES,
    );
    const slope = slopes + half;
    const a = gradientOf(score, slope, delta0);
    const b = gradientOf(score + ROW_BYTES, slope + ROW_BYTES, delta1);
    const c = gradientOf(score + 2 * ROW_BYTES, slope + 2 * ROW_BYTES, delta2);
    const e = gradientOf(score + 3 * ROW_BYTES, slope + 3 * ROW_BYTES, delta3);
    const ab = low(a, b);
    const ce = low(c, e);
    const abHigh = high(a, b);
    const ceHigh = high(c, e);
    v128.store(transposed, lowPair(ab, ce));
    v128.store(transposed, highPair(ab, ce), 16);
    v128.store(transposed, lowPair(abHigh, ceHigh), 32);
    v128.store(transposed, highPair(abHigh, ceHigh), 48);
    transposed += 64;
  }
}

/** weight · (slope − delta), which takes the place of the slope. */
// @inline
function gradientOf(weight: usize, slope: usize, delta: v128): v128 {
  const value = f32x4.mul(v128.load(weight), f32x4.sub(v128.load(slope), delta));
  v128.store(slope, value);
  return value;
}
