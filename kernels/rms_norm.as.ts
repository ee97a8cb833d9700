// RMS norm of every row, and quantization of it. The twin of rms_norm.wgsl. One unit per row, in short passes over
// what is in the first-level cache: h (in this thread's scratch unless it is x itself), its norm and peak, the result.
// 0 x   1 w   2 y   3 steps   4 r   5 D   6 EPS   7 BITS   8 GLU   9 NORM   10 PEAKS
import { sigmoidRow } from "./exp2.as";
import {
  integer,
  lanesBelow,
  madd,
  pointer,
  privateScratch,
  real,
  storePart,
  sumLanes,
} from "./simd.as";

const MIN_PEAK: f32 = 1e-5;
/** Adding it rounds half to even and leaves the integer in the low bits: 1.5·2^23. */
const ROUNDER: f32 = 12582912;

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
  const q = <f32> ((1 << (bits - 1)) - 1);

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

    let factor: f32 = 1;
    if (norm) {
      factor = 1 / sqrt<f32>(sumOfSquares(h, h + paddedBytes) / <f32> D + real(args, 6));
      store<f32>(pointer(args, 4) + (<usize> row << 2), factor);
    }

    if (bits == 32) {
      if (peaks) {
        const peak = largest(h, gain, paddedBytes) * factor;
        store<f32>(pointer(args, 3) + (<usize> row << 2), peak);
      }
      const y = pointer(args, 2) + <usize> row * rowBytes;
      const factors = f32x4.splat(factor);
      const fullBytes = <usize> (D >> 2) << 4;
      let i: usize = 0;
      for (; i < fullBytes; i += 16) {
        const value = f32x4.mul(v128.load(gain + i), v128.load(h + i));
        v128.store(y + i, f32x4.mul(value, factors));
      }
      if (i < rowBytes) {
        const value = f32x4.mul(v128.load(gain + i), v128.load(h + i));
        storePart(y + i, f32x4.mul(value, factors), D & 3);
      }
      continue;
    }

    const peak = largest(h, gain, paddedBytes) * factor;
    // Not max(): a NaN must get through.
    const bound = peak < MIN_PEAK ? MIN_PEAK : peak;
    store<f32>(pointer(args, 3) + (<usize> row << 2), bound / q);
    const codes = pointer(args, 2) + <usize> row * (<usize> words << 2);
    quantizeRow(h, gain, words, factor, q / bound, codes);
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

function sumOfSquares(h: usize, end: usize): f32 {
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  for (; h + 64 <= end; h += 64) {
    a = madd(v128.load(h), v128.load(h), a);
    b = madd(v128.load(h, 16), v128.load(h, 16), b);
    c = madd(v128.load(h, 32), v128.load(h, 32), c);
    d = madd(v128.load(h, 48), v128.load(h, 48), d);
  }
  for (; h < end; h += 16) a = madd(v128.load(h), v128.load(h), a);
  return sumLanes(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
}

/** Largest |gain · h|; NaN if there is one. */
function largest(h: usize, gain: usize, bytes: usize): f32 {
  // As integers the absolute values have the same order, and a NaN is above all.
  let a = i32x4.splat(0);
  let b = a;
  let i: usize = 0;
  for (; i + 32 <= bytes; i += 32) {
    a = i32x4.max_s(a, f32x4.abs(f32x4.mul(v128.load(gain + i), v128.load(h + i))));
    b = i32x4.max_s(b, f32x4.abs(f32x4.mul(v128.load(gain + i, 16), v128.load(h + i, 16))));
  }
  if (i < bytes) {
    a = i32x4.max_s(a, f32x4.abs(f32x4.mul(v128.load(gain + i), v128.load(h + i))));
  }
  a = i32x4.max_s(a, b);
  a = i32x4.max_s(a, v128.shuffle<i32>(a, a, 2, 3, 0, 1));
  a = i32x4.max_s(a, v128.shuffle<i32>(a, a, 1, 0, 3, 2));
  return f32x4.extract_lane(a, 0);
}

/** Codes of gain · h · factor · scale. Nothing is larger than the peak, so no code needs clamping. */
function quantizeRow(
  h: usize,
  gain: usize,
  words: i32,
  factor: f32,
  scale: f32,
  codes: usize,
): void {
  const factors = f32x4.splat(factor);
  const scales = f32x4.splat(scale);
  const rounder = f32x4.splat(ROUNDER);
  let word = 0;
  for (; word + 4 <= words; word += 4) {
    const a = rounded(h, gain, factors, scales, rounder);
    const b = rounded(h + 16, gain + 16, factors, scales, rounder);
    const c = rounded(h + 32, gain + 32, factors, scales, rounder);
    const d = rounded(h + 48, gain + 48, factors, scales, rounder);
    const low = i16x8.narrow_i32x4_s(a, b);
    v128.store(codes, i8x16.narrow_i16x8_s(low, i16x8.narrow_i32x4_s(c, d)));
    h += 64;
    gain += 64;
    codes += 16;
  }
  for (; word < words; word++) {
    const a = rounded(h, gain, factors, scales, rounder);
    const low = i16x8.narrow_i32x4_s(a, a);
    v128.store32_lane(codes, i8x16.narrow_i16x8_s(low, low), 0);
    h += 16;
    gain += 16;
    codes += 4;
  }
}

// @inline
function rounded(h: usize, gain: usize, factors: v128, scales: v128, rounder: v128): v128 {
  const value = f32x4.mul(f32x4.mul(v128.load(gain), v128.load(h)), factors);
  return i32x4.sub(f32x4.add(f32x4.mul(value, scales), rounder), rounder);
}
