// RMS norm of every row, and quantization of it. The twin of rms_norm.wgsl. One unit per row, in short passes over
// what is in the first-level cache: h (in this thread's scratch unless it is x itself), its norm and peak, the result.
// 0 x   1 w   2 y   3 steps   4 r   5 D   6 EPS   7 BITS   8 GLU   9 NORM   10 PEAKS
import { sigmoidRow } from "./exp2.as";
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
} from "./simd.as";

export function rmsNorm(args: usize, begin: i32, end: i32, scratch: usize): void {
  const D = integer(args, 5);
  const bits = integer(args, 7);
  const glu = integer(args, 8);
  const norm = integer(args, 9) != 0;
  const peaks = integer(args, 10) != 0;
  const rowBytes = <usize> D << 2;
  const inputBytes = glu != 0 ? rowBytes << 1 : rowBytes;
  const words = (D + 3) >> 2;
  const paddedBytes = <usize> words << 4;
  const buffer = privateScratch(scratch, 0, 2 * paddedBytes);
  // The gain, padded with zeros: where there is none, ones.
  const gain = buffer + paddedBytes;
  for (let i: usize = 0; i < paddedBytes; i += 16) {
    v128.store(gain + i, norm ? v128.load(pointer(args, 1) + i) : f32x4.splat(1));
  }
  endWithZeros(gain, D);

  for (let row = begin; row < end; row++) {
    const x = pointer(args, 0) + <usize> row * inputBytes;
    let h = buffer;
    if (glu != 0) {
      gateRow(x, D, glu, buffer);
      endWithZeros(buffer, D);
    } else if ((D & 3) == 0) h = x;
    else {
      for (let i: usize = 0; i < paddedBytes; i += 16) v128.store(buffer + i, v128.load(x + i));
      endWithZeros(buffer, D);
    }

    const moments = scaleRow(h, gain, buffer, paddedBytes);
    let factor: f32 = 1;
    if (norm) {
      factor = 1 / sqrt<f32>(f32x4.extract_lane(moments, 0) / <f32> D + real(args, 6));
      store<f32>(pointer(args, 4) + (<usize> row << 2), factor);
    }
    const steps = pointer(args, 3) + (<usize> row << 2);
    const peak = f32x4.extract_lane(moments, 1);

    if (bits == 32) {
      if (peaks) store<f32>(steps, peak * factor);
      multiplyRow(buffer, factor, D, pointer(args, 2) + <usize> row * rowBytes);
    } else {
      const codes = pointer(args, 2) + <usize> row * (<usize> words << 2);
      quantizeRow(buffer, words, v128.splat<f32>(peak), bits, codes, steps, factor);
    }
  }
}

/** Zeros from column D to the end of its vector. */
function endWithZeros(row: usize, D: i32): void {
  if ((D & 3) == 0) return;
  const last = row + (<usize> (D >> 2) << 4);
  v128.store(last, v128.and(v128.load(last), lanesBelow(D & 3)));
}

/** h = act(gate) · up. */
function gateRow(gates: usize, D: i32, glu: i32, h: usize): void {
  const ups = gates + (<usize> D << 2);
  const bytes = <usize> ((D + 3) >> 2) << 4;
  if (glu == 1) {
    sigmoidRow(gates, D, h);
    for (let i: usize = 0; i < bytes; i += 16) {
      const act = f32x4.mul(v128.load(gates + i), v128.load(h + i));
      v128.store(h + i, f32x4.mul(act, v128.load(ups + i)));
    }
    return;
  }
  const zero = f32x4.splat(0);
  for (let i: usize = 0; i < bytes; i += 16) {
    const positive = f32x4.pmax(v128.load(gates + i), zero);
    v128.store(h + i, f32x4.mul(f32x4.mul(positive, positive), v128.load(ups + i)));
  }
}

/** Stores gain · h; returns Σ h² and the largest |gain · h|, which is NaN if there is one, in the first two lanes. */
function scaleRow(h: usize, gain: usize, to: usize, bytes: usize): v128 {
  // As integers the absolute values have the same order, and a NaN is above all.
  const size = magnitude();
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let top = a;
  let top2 = a;
  const end = h + bytes;
  for (; h + 64 <= end; h += 64) {
    const h0 = v128.load(h);
    const h1 = v128.load(h, 16);
    const h2 = v128.load(h, 32);
    const h3 = v128.load(h, 48);
    a = madd(h0, h0, a);
    b = madd(h1, h1, b);
    c = madd(h2, h2, c);
    d = madd(h3, h3, d);
    const v0 = f32x4.mul(v128.load(gain), h0);
    const v1 = f32x4.mul(v128.load(gain, 16), h1);
    const v2 = f32x4.mul(v128.load(gain, 32), h2);
    const v3 = f32x4.mul(v128.load(gain, 48), h3);
    v128.store(to, v0);
    v128.store(to, v1, 16);
    v128.store(to, v2, 32);
    v128.store(to, v3, 48);
    top = i32x4.max_s(top, v128.and(v0, size));
    top2 = i32x4.max_s(top2, v128.and(v1, size));
    top = i32x4.max_s(top, v128.and(v2, size));
    top2 = i32x4.max_s(top2, v128.and(v3, size));
    gain += 64;
    to += 64;
  }
  for (; h < end; h += 16) {
    const h0 = v128.load(h);
    a = madd(h0, h0, a);
    const v0 = f32x4.mul(v128.load(gain), h0);
    v128.store(to, v0);
    top = i32x4.max_s(top, v128.and(v0, size));
    gain += 16;
    to += 16;
  }
  a = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
  a = f32x4.add(a, v128.shuffle<i32>(a, a, 2, 3, 0, 1));
  a = f32x4.add(a, v128.shuffle<i32>(a, a, 1, 0, 3, 2));
  top = i32x4.max_s(top, top2);
  top = i32x4.max_s(top, v128.shuffle<i32>(top, top, 2, 3, 0, 1));
  top = i32x4.max_s(top, v128.shuffle<i32>(top, top, 1, 0, 3, 2));
  return v128.shuffle<i32>(a, top, 0, 4, 0, 4);
}

/** y = row · factor. */
function multiplyRow(row: usize, factor: f32, D: i32, y: usize): void {
  const factors = f32x4.splat(factor);
  let rest = D;
  for (; rest >= 16; rest -= 16) {
    v128.store(y, f32x4.mul(v128.load(row), factors));
    v128.store(y, f32x4.mul(v128.load(row, 16), factors), 16);
    v128.store(y, f32x4.mul(v128.load(row, 32), factors), 32);
    v128.store(y, f32x4.mul(v128.load(row, 48), factors), 48);
    row += 64;
    y += 64;
  }
  for (; rest >= 4; rest -= 4) {
    v128.store(y, f32x4.mul(v128.load(row), factors));
    row += 16;
    y += 16;
  }
  if (rest > 0) storePart(y, f32x4.mul(v128.load(row), factors), rest);
}
