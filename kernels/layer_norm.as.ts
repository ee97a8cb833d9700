// Layer norm of every row, and quantization of it. The twin of layer_norm.wgsl. One unit per row, in short passes over
// what is in the first-level cache: its mean, its variance, y (in this thread's scratch if it is quantized), its codes.
// 0 x   1 w   2 b   3 y   4 steps   5 moments   6 D   7 EPS   8 BITS
import { quantizeRow } from "./quantize_row.as";
import {
  integer,
  lanesBelow,
  madd,
  magnitude,
  pointer,
  privateScratch,
  real,
  storePart,
  sumLanes,
} from "./simd.as";

export function layerNorm(args: usize, begin: i32, end: i32, scratch: usize): void {
  const D = integer(args, 6);
  const bits = integer(args, 8);
  const w = pointer(args, 1);
  const b = pointer(args, 2);
  const rowBytes = <usize> D << 2;
  const words = (D + 3) >> 2;
  const fullBytes = <usize> (D >> 2) << 4;
  const rest = D & 3;
  const restLanes = lanesBelow(rest);
  const row = privateScratch(scratch, 0, <usize> words << 4);
  const size = magnitude();

  for (let unit = begin; unit < end; unit++) {
    const x = pointer(args, 0) + <usize> unit * rowBytes;
    const m = sum(x, fullBytes, restLanes) / <f32> D;
    const means = f32x4.splat(m);
    const variance = sumOfSquares(x, fullBytes, restLanes, means) / <f32> D;
    const r: f32 = 1 / sqrt<f32>(variance + real(args, 7));
    const moments = pointer(args, 5) + (<usize> unit << 3);
    store<f32>(moments, m);
    store<f32>(moments, r, 4);

    const factors = f32x4.splat(r);
    const y = bits == 32 ? pointer(args, 3) + <usize> unit * rowBytes : row;
    // As integers the absolute values have the same order, and a NaN is above all.
    let peaks = i32x4.splat(0);
    for (let i: usize = 0; i < fullBytes; i += 16) {
      const value = normalized(v128.load(x + i), means, factors, w + i, b + i);
      v128.store(y + i, value);
      peaks = i32x4.max_s(peaks, v128.and(value, size));
    }
    if (rest > 0) {
      let value = normalized(
        v128.load(x + fullBytes),
        means,
        factors,
        w + fullBytes,
        b + fullBytes,
      );
      if (bits == 32) storePart(y + fullBytes, value, rest);
      else {
        value = v128.and(value, restLanes);
        v128.store(y + fullBytes, value);
        peaks = i32x4.max_s(peaks, v128.and(value, size));
      }
    }
    if (bits == 32) continue;
    const codes = pointer(args, 3) + <usize> unit * (<usize> words << 2);
    quantizeRow(row, words, peaks, bits, codes, pointer(args, 4) + (<usize> unit << 2));
  }
}

// @inline
function normalized(x: v128, means: v128, factors: v128, w: usize, b: usize): v128 {
  const scaled = f32x4.mul(f32x4.sub(x, means), v128.load(w));
  return madd(scaled, factors, v128.load(b));
}

/** Sum of a row; what follows it is left out by `restLanes`. */
function sum(x: usize, fullBytes: usize, restLanes: v128): f32 {
  const end = x + fullBytes;
  let c = v128.and(v128.load(end), restLanes);
  let a = f32x4.splat(0);
  let b = a;
  let d = a;
  for (; x + 64 <= end; x += 64) {
    a = f32x4.add(a, v128.load(x));
    b = f32x4.add(b, v128.load(x, 16));
    c = f32x4.add(c, v128.load(x, 32));
    d = f32x4.add(d, v128.load(x, 48));
  }
  for (; x < end; x += 16) a = f32x4.add(a, v128.load(x));
  return sumLanes(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
}

/** Sum of the squares of x − mean. */
function sumOfSquares(x: usize, fullBytes: usize, restLanes: v128, means: v128): f32 {
  const end = x + fullBytes;
  const last = v128.and(f32x4.sub(v128.load(end), means), restLanes);
  let c = f32x4.mul(last, last);
  let a = f32x4.splat(0);
  let b = a;
  let d = a;
  for (; x + 64 <= end; x += 64) {
    const x0 = f32x4.sub(v128.load(x), means);
    const x1 = f32x4.sub(v128.load(x, 16), means);
    const x2 = f32x4.sub(v128.load(x, 32), means);
    const x3 = f32x4.sub(v128.load(x, 48), means);
    a = madd(x0, x0, a);
    b = madd(x1, x1, b);
    c = madd(x2, x2, c);
    d = madd(x3, x3, d);
  }
  for (; x < end; x += 16) {
    const x0 = f32x4.sub(v128.load(x), means);
    a = madd(x0, x0, a);
  }
  return sumLanes(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
}
