// C = Aᵀ·B (+ C) where the inner dimension K is much longer than the others, AssemblyScript: weight gradients of layers
// with few features and many tokens, as convolutions are. Arguments as in matmul.as.ts.
//
// Packing B whole, as product.as.ts does, would send it through the memory twice. Here both factors are packed a pass of
// PASS_K rows at a time, which stay in the second-level cache. A unit is a part of K, with a sum of its own in the
// scratch, padded to whole tiles; then these are summed in order, one unit per row of C.
import { MatmulArguments } from "./arguments.as";
import { PACK_UNIT, packPanels } from "./parts/panels.as";
import { privateScratch, storePart } from "../shared/simd.as";
import { multiplyTile } from "./parts/tile.as";

/** Rows of both factors that are packed at a time. */
const PASS_K: i32 = 256;
/** Parts of K, at most; this and what follows from it as in src/device/cpu/product_phases.ts. */
const PARTS: i32 = 16;

/** Rows of a part: whole passes. */
// @inline
function partRows(K: i32): i32 {
  return (K + PARTS * PASS_K - 1) / (PARTS * PASS_K) * PASS_K;
}

/** Bytes of a row of a part's sum. */
// @inline
function paddedBytes(N: i32): usize {
  return <usize> ((N + 7) & ~7) << 2;
}

/** Bytes of a part's sum. */
// @inline
function sumBytes(M: i32, N: i32): usize {
  return <usize> ((M + 3) & ~3) * paddedBytes(N);
}

export function longProduct(args: MatmulArguments, begin: i32, end: i32, scratch: usize): void {
  const M = args.M;
  const N = args.N;
  const K = args.K;
  const rows = partRows(K);
  const parts = (K + rows - 1) / rows;
  const pitch = paddedBytes(N);
  const roomA = <usize> ((M + 15) & ~15) * (4 * PASS_K);
  const roomB = <usize> ((N + 15) & ~15) * (4 * PASS_K);
  const panelsA = privateScratch(scratch, <usize> parts * sumBytes(M, N), roomA + roomB);
  const panelsB = panelsA + roomA;
  for (let part = begin; part < end; part++) {
    const sum = scratch + <usize> part * sumBytes(M, N);
    const first = part * rows;
    const last = min(first + rows, K);
    for (let k = first; k < last; k += PASS_K) {
      const depth = min(PASS_K, last - k);
      packPass(args.a + (<usize> k * <usize> M << 2), M, depth, 4, panelsA);
      packPass(args.b + (<usize> k * <usize> N << 2), N, depth, 8, panelsB);
      for (let n = 0; n < N; n += 8) {
        const columns = panelsB + (<usize> n * <usize> depth << 2);
        for (let m = 0; m < M; m += 4) {
          const to = sum + <usize> m * pitch + (<usize> n << 2);
          const four = panelsA + (<usize> m * <usize> depth << 2);
          multiplyTile(four, 16, columns, 32, depth, to, pitch, k > first);
        }
      }
    }
  }
}

/**
 * Packs `depth` rows of `columns` floats into panels of `width` columns side by side. What follows the last column,
 * of whatever lies there, goes into columns of the sums that nobody reads.
 */
function packPass(from: usize, columns: i32, depth: i32, width: i32, panels: usize): void {
  const stride = <usize> columns << 2;
  const step = <usize> width << 2;
  const panelBytes = step * <usize> depth;
  let column = 0;
  // A cache line at a time.
  for (; column + PACK_UNIT <= columns; column += PACK_UNIT) {
    packPanels(from, stride, false, PACK_UNIT, width, depth, panels);
    from += PACK_UNIT * 4;
    panels += <usize> (PACK_UNIT * 4) * <usize> depth;
  }
  for (let offset = 0; column + offset < columns; offset += 4) {
    const panel = offset / width;
    let at = from + (<usize> offset << 2);
    let to = panels + <usize> panel * panelBytes + (<usize> (offset - panel * width) << 2);
    for (let k = 0; k < depth; k++) {
      v128.store(to, v128.load(at));
      at += stride;
      to += step;
    }
  }
}

export function longProductSum(args: MatmulArguments, begin: i32, end: i32, scratch: usize): void {
  const M = args.M;
  const N = args.N;
  const K = args.K;
  const accumulate = args.ACCUMULATE;
  const rows = partRows(K);
  const pitch = paddedBytes(N);
  const step = sumBytes(M, N);
  const stop = scratch + <usize> ((K + rows - 1) / rows) * step;
  for (let m = begin; m < end; m++) {
    const row = <usize> m * pitch;
    let c = args.c + (<usize> m * <usize> N << 2);
    for (let n = 0; n < N; n += 4) {
      let sum = accumulate ? v128.load(c) : f32x4.splat(0);
      for (let part = scratch + row + (<usize> n << 2); part < stop; part += step) {
        sum = f32x4.add(sum, v128.load(part));
      }
      if (n + 4 <= N) v128.store(c, sum);
      else storePart(c, sum, N - n);
      c += 16;
    }
  }
}
