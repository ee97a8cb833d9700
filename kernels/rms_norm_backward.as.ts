// Gradients of rms_norm. The twin of rms_norm_backward.wgsl, in two phases. The first takes a block of ROWS_AT_A_TIME
// rows per unit: dx of it, and what it adds to dw, into its own row of the scratch. The second sums these rows in
// order; a unit is a column. Blocks do not depend on the threads, so neither does the sum.
// 0 dy   1 x   2 w   3 r   4 pending   5 dx   6 dw   7 ROWS   8 D   9 GLU   10 HAS_PENDING   11 ACCUMULATE
import { sigmoidRow } from "./exp2.as";
import { integer, lanesBelow, madd, pointer, privateScratch, storePart, sumLanes } from "./simd.as";

/** As in src/device/cpu/kernels.ts. */
const ROWS_AT_A_TIME = 32;

/** Bytes of one row of D floats in the scratch. */
// @inline
function paddedBytes(D: i32): usize {
  return <usize> ((D + 15) & ~15) << 2;
}

export function rmsNormBackward(args: usize, begin: i32, end: i32, scratch: usize): void {
  const rows = integer(args, 7);
  const D = integer(args, 8);
  const glu = integer(args, 9);
  const padded = paddedBytes(D);
  const blocks = (rows + ROWS_AT_A_TIME - 1) / ROWS_AT_A_TIME;
  // act(gate) and up · act'(gate), between the passes.
  const acts = privateScratch(scratch, <usize> blocks * padded, 2 * padded);
  for (let block = begin; block < end; block++) {
    const partial = scratch + <usize> block * padded;
    memory.fill(partial, 0, padded);
    const first = block * ROWS_AT_A_TIME;
    const last = min(first + ROWS_AT_A_TIME, rows);
    for (let row = first; row < last; row++) {
      if (glu == 0) plainRow(args, row, D, partial);
      else gatedRow(args, row, D, glu, partial, acts, acts + padded);
    }
  }
}

function plainRow(args: usize, row: i32, D: i32, partial: usize): void {
  const start = <usize> row * (<usize> D << 2);
  const dy = pointer(args, 0) + start;
  const x = pointer(args, 1) + start;
  const w = pointer(args, 2);
  const r = load<f32>(pointer(args, 3) + (<usize> row << 2));
  const factors = f32x4.splat(r);
  const fullBytes = <usize> (D >> 2) << 4;
  const rest = D & 3;
  const restLanes = lanesBelow(rest);
  let sum = f32x4.splat(0);
  for (let i: usize = 0; i < fullBytes; i += 16) {
    const product = f32x4.mul(v128.load(dy + i), v128.load(x + i));
    sum = madd(product, v128.load(w + i), sum);
    v128.store(partial + i, madd(product, factors, v128.load(partial + i)));
  }
  if (rest > 0) {
    const product = v128.and(
      f32x4.mul(v128.load(dy + fullBytes), v128.load(x + fullBytes)),
      restLanes,
    );
    sum = madd(product, v128.and(v128.load(w + fullBytes), restLanes), sum);
    v128.store(partial + fullBytes, madd(product, factors, v128.load(partial + fullBytes)));
  }
  const slopes = f32x4.splat(sumLanes(sum) * r / <f32> D * r);
  const dx = pointer(args, 5) + start;
  const pending = integer(args, 10) != 0 ? pointer(args, 4) + start : 0;
  for (let i: usize = 0; i < fullBytes; i += 16) {
    let value = inputGradient(dy + i, w + i, v128.load(x + i), slopes, factors);
    if (pending != 0) value = f32x4.add(value, v128.load(pending + i));
    v128.store(dx + i, value);
  }
  if (rest > 0) {
    const i = fullBytes;
    let value = inputGradient(dy + i, w + i, v128.load(x + i), slopes, factors);
    if (pending != 0) value = f32x4.add(value, v128.load(pending + i));
    storePart(dx + i, value, rest);
  }
}

/** dh of four columns. */
// @inline
function inputGradient(dy: usize, w: usize, h: v128, slopes: v128, factors: v128): v128 {
  const g = f32x4.mul(v128.load(dy), v128.load(w));
  return f32x4.mul(factors, f32x4.sub(g, f32x4.mul(h, slopes)));
}

function gatedRow(
  args: usize,
  row: i32,
  D: i32,
  glu: i32,
  partial: usize,
  acts: usize,
  bends: usize,
): void {
  const rowBytes = <usize> D << 2;
  const start = <usize> row * rowBytes;
  const dy = pointer(args, 0) + start;
  const gates = pointer(args, 1) + 2 * start;
  const ups = gates + rowBytes;
  const w = pointer(args, 2);
  const r = load<f32>(pointer(args, 3) + (<usize> row << 2));
  const factors = f32x4.splat(r);
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  let sum = zero;
  if (glu == 1) sigmoidRow(gates, D, acts);
  for (let i: usize = 0; i < rowBytes; i += 16) {
    const gate = v128.load(gates + i);
    const up = v128.load(ups + i);
    let act: v128;
    let slope: v128;
    if (glu == 1) {
      const sigmoid = v128.load(acts + i);
      act = f32x4.mul(gate, sigmoid);
      slope = f32x4.mul(sigmoid, madd(gate, f32x4.sub(one, sigmoid), one));
    } else {
      const positive = f32x4.pmax(gate, zero);
      act = f32x4.mul(positive, positive);
      slope = f32x4.add(positive, positive);
    }
    v128.store(acts + i, act);
    v128.store(bends + i, f32x4.mul(up, slope));
    let product = f32x4.mul(v128.load(dy + i), f32x4.mul(act, up));
    let gain = v128.load(w + i);
    if (i + 16 > rowBytes) {
      const mask = lanesBelow(D & 3);
      product = v128.and(product, mask);
      gain = v128.and(gain, mask);
    }
    sum = madd(product, gain, sum);
    v128.store(partial + i, madd(product, factors, v128.load(partial + i)));
  }
  const slopes = f32x4.splat(sumLanes(sum) * r / <f32> D * r);
  const dgates = pointer(args, 5) + 2 * start;
  const pending = integer(args, 10) != 0 ? pointer(args, 4) + 2 * start : 0;
  for (let i: usize = 0; i < rowBytes; i += 16) {
    const act = v128.load(acts + i);
    const h = f32x4.mul(act, v128.load(ups + i));
    const dh = inputGradient(dy + i, w + i, h, slopes, factors);
    let dgate = f32x4.mul(dh, v128.load(bends + i));
    let dup = f32x4.mul(dh, act);
    if (pending != 0) {
      dgate = f32x4.add(dgate, v128.load(pending + i));
      dup = f32x4.add(dup, v128.load(pending + rowBytes + i));
    }
    if (i + 16 <= rowBytes) {
      v128.store(dgates + i, dgate);
      v128.store(dgates + rowBytes + i, dup);
    } else {
      storePart(dgates + i, dgate, D & 3);
      storePart(dgates + rowBytes + i, dup, D & 3);
    }
  }
}

export function rmsNormBackwardGain(args: usize, begin: i32, end: i32, scratch: usize): void {
  const rows = integer(args, 7);
  const padded = paddedBytes(integer(args, 8));
  const accumulate = integer(args, 11) != 0;
  const partialEnd = scratch + <usize> ((rows + ROWS_AT_A_TIME - 1) / ROWS_AT_A_TIME) * padded;
  // The rows of the scratch are padded: only what is stored must end with the row.
  for (let column = begin; column < end; column += 4) {
    const offset = <usize> column << 2;
    const dw = pointer(args, 6) + offset;
    let sum = f32x4.splat(0);
    for (let partial = scratch + offset; partial < partialEnd; partial += padded) {
      sum = f32x4.add(sum, v128.load(partial));
    }
    if (accumulate) sum = f32x4.add(sum, v128.load(dw));
    if (column + 4 <= end) v128.store(dw, sum);
    else storePart(dw, sum, end - column);
  }
}
