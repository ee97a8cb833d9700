// Gradients of rms_norm. The twin of rms_norm_backward.wgsl, in two phases. The first takes a block of ROWS_AT_A_TIME
// rows per unit: dx of it, and what it adds to dw, into its own row of the scratch. The second sums these rows in
// order; a unit is a column. Blocks do not depend on the threads, so neither does the sum.
import { RmsNormBackwardArguments } from "./arguments.as";
import { sigmoidRow } from "../shared/exp2.as";
import { lanesBelow, madd, ones, privateScratch, storePart, sumLanes } from "../shared/simd.as";

/** SUMMED_ROWS of src/device/cpu/row_phases.ts. */
const ROWS_AT_A_TIME = 32;

/** Bytes of one row of D floats in the scratch. */
// @inline
function paddedBytes(D: i32): usize {
  return <usize> ((D + 15) & ~15) << 2;
}

export function rmsNormBackward(
  args: RmsNormBackwardArguments,
  begin: i32,
  end: i32,
  scratch: usize,
): void {
  const rows = args.ROWS;
  const D = args.D;
  const glu = args.GLU;
  const padded = paddedBytes(D);
  const blocks = (rows + ROWS_AT_A_TIME - 1) / ROWS_AT_A_TIME;
  const sigmoids = privateScratch(scratch, <usize> blocks * padded, padded);
  for (let block = begin; block < end; block++) {
    const partial = scratch + <usize> block * padded;
    memory.fill(partial, 0, padded);
    let row = block * ROWS_AT_A_TIME;
    const last = min(row + ROWS_AT_A_TIME, rows);
    if (glu == 0) {
      for (; row < last; row++) {
        if ((D & 15) == 0) wholeRow(args, row, D, partial);
        else oneRow(args, row, D, partial, sigmoids, 0);
      }
    } else if (glu == 1) {
      for (; row < last; row++) {
        if ((D & 7) == 0) wholeGatedRow(args, row, D, partial, sigmoids);
        else oneRow(args, row, D, partial, sigmoids, 1);
      }
    } else {
      for (; row < last; row++) oneRow(args, row, D, partial, sigmoids, 2);
    }
  }
}

/** The negative of Σ w·dy·h · r³ / D, by which h goes into dh. */
// @inline
function slope(sum: v128, r: v128, D: i32): v128 {
  const factor = f32x4.extract_lane(r, 0);
  return f32x4.splat(-(sumLanes(sum) * factor / <f32> D * factor * factor));
}

/** A row without a gate, of whole cache lines. */
function wholeRow(args: RmsNormBackwardArguments, row: i32, D: i32, partial: usize): void {
  const bytes = <usize> D << 2;
  const start = <usize> row * bytes;
  const r = v128.load32_splat(args.r + (<usize> row << 2));
  let dy = args.dy + start;
  let x = args.x + start;
  let w = args.w;
  let sum = f32x4.splat(0);
  let sum2 = sum;
  // Loads before stores: after a store V8 fetches the size of the memory anew, to check the next address.
  for (const stop = x + bytes; x < stop; x += 64) {
    const a = f32x4.mul(v128.load(dy), v128.load(x));
    const b = f32x4.mul(v128.load(dy, 16), v128.load(x, 16));
    const c = f32x4.mul(v128.load(dy, 32), v128.load(x, 32));
    const d = f32x4.mul(v128.load(dy, 48), v128.load(x, 48));
    sum = madd(c, v128.load(w, 32), madd(a, v128.load(w), sum));
    sum2 = madd(d, v128.load(w, 48), madd(b, v128.load(w, 16), sum2));
    const totalA = madd(a, r, v128.load(partial));
    const totalB = madd(b, r, v128.load(partial, 16));
    const totalC = madd(c, r, v128.load(partial, 32));
    const totalD = madd(d, r, v128.load(partial, 48));
    v128.store(partial, totalA);
    v128.store(partial, totalB, 16);
    v128.store(partial, totalC, 32);
    v128.store(partial, totalD, 48);
    dy += 64;
    w += 64;
    partial += 64;
  }
  const slopes = slope(f32x4.add(sum, sum2), r, D);
  dy -= bytes;
  x -= bytes;
  w -= bytes;
  let dx = args.dx + start;
  let pending = args.HAS_PENDING ? args.pending + start : 0;
  for (const stop = x + bytes; x < stop; x += 64) {
    let a = f32x4.mul(v128.load(x), slopes);
    let b = f32x4.mul(v128.load(x, 16), slopes);
    let c = f32x4.mul(v128.load(x, 32), slopes);
    let d = f32x4.mul(v128.load(x, 48), slopes);
    a = madd(f32x4.mul(v128.load(dy), v128.load(w)), r, a);
    b = madd(f32x4.mul(v128.load(dy, 16), v128.load(w, 16)), r, b);
    c = madd(f32x4.mul(v128.load(dy, 32), v128.load(w, 32)), r, c);
    d = madd(f32x4.mul(v128.load(dy, 48), v128.load(w, 48)), r, d);
    if (pending != 0) {
      a = f32x4.add(a, v128.load(pending));
      b = f32x4.add(b, v128.load(pending, 16));
      c = f32x4.add(c, v128.load(pending, 32));
      d = f32x4.add(d, v128.load(pending, 48));
      pending += 64;
    }
    v128.store(dx, a);
    v128.store(dx, b, 16);
    v128.store(dx, c, 32);
    v128.store(dx, d, 48);
    dy += 64;
    w += 64;
    dx += 64;
  }
}

/** Four columns of the activation of the gate, from its sigmoid if it has one. */
// @inline
function activated(gate: v128, sigmoid: v128, glu: i32): v128 {
  if (glu == 1) return f32x4.mul(gate, sigmoid);
  const positive = f32x4.pmax(gate, f32x4.splat(0));
  return f32x4.mul(positive, positive);
}

/** Four columns of its derivative; `act` is what {@link activated} returned. */
// @inline
function derivative(gate: v128, sigmoid: v128, act: v128, one: v128, glu: i32): v128 {
  if (glu == 1) return madd(act, f32x4.sub(one, sigmoid), sigmoid);
  const positive = f32x4.pmax(gate, f32x4.splat(0));
  return f32x4.add(positive, positive);
}

/** A row with a gate by SiLU, of whole pairs of vectors. */
function wholeGatedRow(
  args: RmsNormBackwardArguments,
  row: i32,
  D: i32,
  partial: usize,
  sigmoids: usize,
): void {
  const bytes = <usize> D << 2;
  const start = <usize> row * bytes;
  const r = v128.load32_splat(args.r + (<usize> row << 2));
  let dy = args.dy + start;
  let gate = args.x + 2 * start;
  let up = gate + bytes;
  let w = args.w;
  sigmoidRow(gate, D, sigmoids);
  let sum = f32x4.splat(0);
  let sum2 = sum;
  for (const stop = up; gate < stop; gate += 32) {
    let a = f32x4.mul(v128.load(gate), v128.load(sigmoids));
    let b = f32x4.mul(v128.load(gate, 16), v128.load(sigmoids, 16));
    a = f32x4.mul(f32x4.mul(a, v128.load(up)), v128.load(dy));
    b = f32x4.mul(f32x4.mul(b, v128.load(up, 16)), v128.load(dy, 16));
    sum = madd(a, v128.load(w), sum);
    sum2 = madd(b, v128.load(w, 16), sum2);
    const totalA = madd(a, r, v128.load(partial));
    const totalB = madd(b, r, v128.load(partial, 16));
    v128.store(partial, totalA);
    v128.store(partial, totalB, 16);
    up += 32;
    dy += 32;
    w += 32;
    sigmoids += 32;
    partial += 32;
  }
  const slopes = slope(f32x4.add(sum, sum2), r, D);
  const one = ones();
  const hasPending = args.HAS_PENDING;
  gate -= bytes;
  up -= bytes;
  dy -= bytes;
  w -= bytes;
  sigmoids -= bytes;
  let dx = args.dx + 2 * start;
  let pending = args.pending + 2 * start;
  for (const stop = up; gate < stop; gate += 32) {
    const sigmoidA = v128.load(sigmoids);
    const sigmoidB = v128.load(sigmoids, 16);
    const actA = f32x4.mul(v128.load(gate), sigmoidA);
    const actB = f32x4.mul(v128.load(gate, 16), sigmoidB);
    const upA = v128.load(up);
    const upB = v128.load(up, 16);
    const gA = f32x4.mul(v128.load(dy), v128.load(w));
    const gB = f32x4.mul(v128.load(dy, 16), v128.load(w, 16));
    const dhA = madd(gA, r, f32x4.mul(f32x4.mul(actA, upA), slopes));
    const dhB = madd(gB, r, f32x4.mul(f32x4.mul(actB, upB), slopes));
    const bendA = madd(actA, f32x4.sub(one, sigmoidA), sigmoidA);
    const bendB = madd(actB, f32x4.sub(one, sigmoidB), sigmoidB);
    let dGateA = f32x4.mul(f32x4.mul(dhA, upA), bendA);
    let dGateB = f32x4.mul(f32x4.mul(dhB, upB), bendB);
    let dUpA = f32x4.mul(dhA, actA);
    let dUpB = f32x4.mul(dhB, actB);
    if (hasPending) {
      dGateA = f32x4.add(dGateA, v128.load(pending));
      dGateB = f32x4.add(dGateB, v128.load(pending, 16));
      dUpA = f32x4.add(dUpA, v128.load(pending + bytes));
      dUpB = f32x4.add(dUpB, v128.load(pending + bytes, 16));
      pending += 32;
    }
    v128.store(dx, dGateA);
    v128.store(dx, dGateB, 16);
    v128.store(dx + bytes, dUpA);
    v128.store(dx + bytes, dUpB, 16);
    dx += 32;
    up += 32;
    dy += 32;
    w += 32;
    sigmoids += 32;
  }
}

/**
 * A row of any length.
 *
 * @param sigmoids Where to put those of the gates meanwhile.
 * @param glu A constant.
 */
// @inline
function oneRow(
  args: RmsNormBackwardArguments,
  row: i32,
  D: i32,
  partial: usize,
  sigmoids: usize,
  glu: i32,
): void {
  const rowBytes = <usize> D << 2;
  const inputBytes = glu != 0 ? rowBytes << 1 : rowBytes;
  const dy = args.dy + <usize> row * rowBytes;
  const x = args.x + <usize> row * inputBytes;
  const w = args.w;
  const r = v128.load32_splat(args.r + (<usize> row << 2));
  if (glu == 1) sigmoidRow(x, D, sigmoids);
  let sum = f32x4.splat(0);
  for (let i: usize = 0; i < rowBytes; i += 16) {
    let h = v128.load(x + i);
    if (glu != 0) {
      const sigmoid = glu == 1 ? v128.load(sigmoids + i) : h;
      h = f32x4.mul(activated(h, sigmoid, glu), v128.load(x + rowBytes + i));
    }
    let product = f32x4.mul(v128.load(dy + i), h);
    let gain = v128.load(w + i);
    if (i + 16 > rowBytes) {
      const inside = lanesBelow(D & 3);
      product = v128.and(product, inside);
      gain = v128.and(gain, inside);
    }
    sum = madd(product, gain, sum);
    v128.store(partial + i, madd(product, r, v128.load(partial + i)));
  }
  const slopes = slope(sum, r, D);
  const one = ones();
  const dx = args.dx + <usize> row * inputBytes;
  const pending = args.HAS_PENDING ? args.pending + <usize> row * inputBytes : 0;
  for (let i: usize = 0; i < rowBytes; i += 16) {
    let first = v128.load(x + i);
    let second = first;
    const g = f32x4.mul(v128.load(dy + i), v128.load(w + i));
    if (glu == 0) first = madd(g, r, f32x4.mul(first, slopes));
    else {
      const sigmoid = glu == 1 ? v128.load(sigmoids + i) : first;
      const up = v128.load(x + rowBytes + i);
      const act = activated(first, sigmoid, glu);
      const dh = madd(g, r, f32x4.mul(f32x4.mul(act, up), slopes));
      second = f32x4.mul(dh, act);
      first = f32x4.mul(f32x4.mul(dh, up), derivative(first, sigmoid, act, one, glu));
    }
    if (pending != 0) {
      first = f32x4.add(first, v128.load(pending + i));
      if (glu != 0) second = f32x4.add(second, v128.load(pending + rowBytes + i));
    }
    if (i + 16 <= rowBytes) {
      v128.store(dx + i, first);
      if (glu != 0) v128.store(dx + rowBytes + i, second);
    } else {
      storePart(dx + i, first, D & 3);
      if (glu != 0) storePart(dx + rowBytes + i, second, D & 3);
    }
  }
}

export function rmsNormBackwardGain(
  args: RmsNormBackwardArguments,
  begin: i32,
  end: i32,
  scratch: usize,
): void {
  const rows = args.ROWS;
  const padded = paddedBytes(args.D);
  const accumulate = args.ACCUMULATE;
  const partialEnd = scratch + <usize> ((rows + ROWS_AT_A_TIME - 1) / ROWS_AT_A_TIME) * padded;
  // The rows of the scratch are padded: only what is stored must end with the row.
  for (let column = begin; column < end; column += 4) {
    const offset = <usize> column << 2;
    const dw = args.dw + offset;
    let sum = f32x4.splat(0);
    for (let partial = scratch + offset; partial < partialEnd; partial += padded) {
      sum = f32x4.add(sum, v128.load(partial));
    }
    if (accumulate) sum = f32x4.add(sum, v128.load(dw));
    if (column + 4 <= end) v128.store(dw, sum);
    else storePart(dw, sum, end - column);
  }
}
