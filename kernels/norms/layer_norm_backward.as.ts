// Gradients of layer_norm. The twin of layer_norm_backward.wgsl, in two phases. The first takes a block of
// ROWS_AT_A_TIME rows per unit: dx of it, and what it adds to dw and db, into its own two rows of the scratch. The
// second sums these rows in order; a unit is a column. Blocks do not depend on the threads, so neither does the sum.
import { LayerNormBackwardArguments } from "./arguments.as";
import { lanesBelow, madd, storePart, sumLanes } from "../shared/simd.as";

/** SUMMED_ROWS of src/device/cpu/row_phases.ts. */
const ROWS_AT_A_TIME = 32;

/** Bytes of one row of D floats in the scratch. */
// @inline
function paddedBytes(D: i32): usize {
  return <usize> ((D + 15) & ~15) << 2;
}

export function layerNormBackward(
  args: LayerNormBackwardArguments,
  begin: i32,
  end: i32,
  scratch: usize,
): void {
  const rows = args.ROWS;
  const padded = paddedBytes(args.D);
  for (let block = begin; block < end; block++) {
    const partialW = scratch + 2 * <usize> block * padded;
    memory.fill(partialW, 0, 2 * padded);
    const first = block * ROWS_AT_A_TIME;
    const last = min(first + ROWS_AT_A_TIME, rows);
    for (let row = first; row < last; row++) gradientsOfRow(args, row, partialW, partialW + padded);
  }
}

function gradientsOfRow(
  args: LayerNormBackwardArguments,
  row: i32,
  partialW: usize,
  partialB: usize,
): void {
  const D = args.D;
  const start = <usize> row * (<usize> D << 2);
  const dy = args.dy + start;
  const x = args.x + start;
  const w = args.w;
  const moments = args.moments + (<usize> row << 3);
  const r = load<f32>(moments, 4);
  const means = v128.load32_splat(moments);
  const factors = f32x4.splat(r);
  const fullBytes = <usize> (D >> 2) << 4;
  const rest = D & 3;
  let sumG = f32x4.splat(0);
  let sumGh = sumG;
  for (let i: usize = 0; i < fullBytes; i += 16) {
    const d = v128.load(dy + i);
    const h = f32x4.mul(f32x4.sub(v128.load(x + i), means), factors);
    const g = f32x4.mul(d, v128.load(w + i));
    sumG = f32x4.add(sumG, g);
    sumGh = madd(g, h, sumGh);
    v128.store(partialW + i, madd(d, h, v128.load(partialW + i)));
    v128.store(partialB + i, f32x4.add(v128.load(partialB + i), d));
  }
  if (rest > 0) {
    const i = fullBytes;
    const inside = lanesBelow(rest);
    const d = v128.and(v128.load(dy + i), inside);
    const h = v128.and(f32x4.mul(f32x4.sub(v128.load(x + i), means), factors), inside);
    const g = v128.and(f32x4.mul(d, v128.load(w + i)), inside);
    sumG = f32x4.add(sumG, g);
    sumGh = madd(g, h, sumGh);
    v128.store(partialW + i, madd(d, h, v128.load(partialW + i)));
    v128.store(partialB + i, f32x4.add(v128.load(partialB + i), d));
  }
  // dx = r·dy·w − offset − (x − m)·slope
  const offsets = f32x4.splat(r * (sumLanes(sumG) / <f32> D));
  const slopes = f32x4.splat(sumLanes(sumGh) / <f32> D * r * r);
  const dx = args.dx + start;
  const pending = args.HAS_PENDING ? args.pending + start : 0;
  for (let i: usize = 0; i < fullBytes; i += 16) {
    let value = inputGradient(dy + i, x + i, w + i, means, factors, offsets, slopes);
    if (pending != 0) value = f32x4.add(value, v128.load(pending + i));
    v128.store(dx + i, value);
  }
  if (rest > 0) {
    const i = fullBytes;
    let value = inputGradient(dy + i, x + i, w + i, means, factors, offsets, slopes);
    if (pending != 0) value = f32x4.add(value, v128.load(pending + i));
    storePart(dx + i, value, rest);
  }
}

// @inline
function inputGradient(
  dy: usize,
  x: usize,
  w: usize,
  means: v128,
  factors: v128,
  offsets: v128,
  slopes: v128,
): v128 {
  const g = f32x4.mul(v128.load(dy), v128.load(w));
  const centered = f32x4.sub(v128.load(x), means);
  return f32x4.sub(f32x4.sub(f32x4.mul(g, factors), offsets), f32x4.mul(centered, slopes));
}

export function layerNormBackwardParameters(
  args: LayerNormBackwardArguments,
  begin: i32,
  end: i32,
  scratch: usize,
): void {
  const rows = args.ROWS;
  const padded = paddedBytes(args.D);
  const stop = scratch + 2 * <usize> ((rows + ROWS_AT_A_TIME - 1) / ROWS_AT_A_TIME) * padded;
  // The rows of the scratch are padded: only what is stored must end with the row.
  for (let column = begin; column < end; column += 4) {
    const offset = <usize> column << 2;
    let sumW = f32x4.splat(0);
    let sumB = f32x4.splat(0);
    for (let partial = scratch + offset; partial < stop; partial += 2 * padded) {
      sumW = f32x4.add(sumW, v128.load(partial));
      sumB = f32x4.add(sumB, v128.load(partial + padded));
    }
    storeSum(args.dw + offset, sumW, end - column, args.ACCUMULATE_W);
    storeSum(args.db + offset, sumB, end - column, args.ACCUMULATE_B);
  }
}

/** Stores up to four columns of a sum, or adds them to what is there. */
// @inline
function storeSum(to: usize, sum: v128, columns: i32, accumulate: bool): void {
  if (accumulate) sum = f32x4.add(sum, v128.load(to));
  if (columns >= 4) v128.store(to, sum);
  else storePart(to, sum, columns);
}
