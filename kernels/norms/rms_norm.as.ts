// RMS norm of every row, and quantization of it. The twin of rms_norm.wgsl. One unit per row, in short passes over
// what is in the first-level cache: w·h with the norm and the peak, in this thread's scratch; the result.
import { RmsNormArguments } from "./arguments.as";
import { sigmoidRow } from "../shared/exp2.as";
import { peaksOf, quantizeRow } from "../quantizers/parts/quantize_row.as";
import {
  lanesBelow,
  madd,
  magnitude,
  privateScratch,
  storePart,
  sumLanes,
} from "../shared/simd.as";

export function rmsNorm(args: RmsNormArguments, begin: i32, end: i32, scratch: usize): void {
  const D = args.D;
  const bits = args.BITS;
  const glu = args.GLU;
  const norm = args.NORM;
  const peaks = args.PEAKS;
  const rowBytes = <usize> D << 2;
  const inputBytes = glu != 0 ? rowBytes << 1 : rowBytes;
  const words = (D + 3) >> 2;
  const paddedBytes = <usize> words << 4;
  const buffer = privateScratch(scratch, 0, 2 * paddedBytes);
  let gain = args.w;
  if (!norm) {
    gain = buffer + paddedBytes;
    for (let i: usize = 0; i < paddedBytes; i += 16) v128.store(gain + i, f32x4.splat(1));
  }

  for (let row = begin; row < end; row++) {
    const x = args.x + <usize> row * inputBytes;
    if (bits == 32 && glu == 0 && !peaks) {
      plainRow(args, row, x, D);
      continue;
    }
    const scales = args.scales + (<usize> row << 2);
    const codes = args.y + <usize> row * (<usize> words << 2);
    if (!norm && (D & 3) == 0) {
      quantizeRow(x, words, peaksOf(x, words), bits, codes, scales);
      continue;
    }
    let moments: v128;
    if (glu == 0) moments = scaleRow(x, gain, buffer, D, 0);
    else if (glu == 1) {
      sigmoidRow(x, D, buffer);
      moments = scaleRow(x, gain, buffer, D, 1);
    } else moments = scaleRow(x, gain, buffer, D, 2);

    let factor: f32 = 1;
    if (norm) {
      factor = 1 / sqrt<f32>(f32x4.extract_lane(moments, 0) / <f32> D + args.EPS);
      store<f32>(args.r + (<usize> row << 2), factor);
    }
    const peak = f32x4.extract_lane(moments, 1);

    if (bits == 32) {
      if (peaks) store<f32>(scales, peak * factor);
      multiplyRow(buffer, factor, D, args.y + <usize> row * rowBytes);
    } else {
      quantizeRow(buffer, words, v128.splat<f32>(peak), bits, codes, scales, factor);
    }
  }
}

/** y = w·x / rms. */
function plainRow(args: RmsNormArguments, row: i32, x: usize, D: i32): void {
  const bytes = <usize> D << 2;
  const factor: f32 = 1 / sqrt<f32>(sumOfSquares(x, D) / <f32> D + args.EPS);
  store<f32>(args.r + (<usize> row << 2), factor);
  const factors = f32x4.splat(factor);
  const gain = args.w;
  const y = args.y + <usize> row * bytes;
  let i: usize = 0;
  for (; i + 32 <= bytes; i += 32) {
    const a = f32x4.mul(f32x4.mul(v128.load(gain + i), v128.load(x + i)), factors);
    const b = f32x4.mul(f32x4.mul(v128.load(gain + i, 16), v128.load(x + i, 16)), factors);
    v128.store(y + i, a);
    v128.store(y + i, b, 16);
  }
  for (; i < bytes; i += 16) {
    const a = f32x4.mul(f32x4.mul(v128.load(gain + i), v128.load(x + i)), factors);
    if (i + 16 <= bytes) v128.store(y + i, a);
    else storePart(y + i, a, D & 3);
  }
}

function sumOfSquares(x: usize, D: i32): f32 {
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  for (; D >= 16; D -= 16) {
    const x0 = v128.load(x);
    const x1 = v128.load(x, 16);
    const x2 = v128.load(x, 32);
    const x3 = v128.load(x, 48);
    a = madd(x0, x0, a);
    b = madd(x1, x1, b);
    c = madd(x2, x2, c);
    d = madd(x3, x3, d);
    x += 64;
  }
  for (; D > 0; D -= 4) {
    const last = v128.and(v128.load(x), lanesBelow(D));
    a = madd(last, last, a);
    x += 16;
  }
  return sumLanes(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
}

/** ReLU(x)² */
// @inline
function relu2(x: v128): v128 {
  const positive = f32x4.pmax(x, f32x4.splat(0));
  return f32x4.mul(positive, positive);
}

/**
 * Stores w·h, padded with zeros.
 *
 * @param to Receives it; with a sigmoid gate this is where the sigmoids are.
 * @param glu A constant.
 * @returns Σ h² and the largest |w·h|, which is NaN if there is one, in the first two lanes.
 */
// @inline
function scaleRow(x: usize, gain: usize, to: usize, D: i32, glu: i32): v128 {
  // As integers the absolute values have the same order, and a NaN is above all.
  const size = magnitude();
  let up = x + (<usize> D << 2);
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let top = a;
  let top2 = a;
  let rest = D;
  // Loads before stores: after a store V8 fetches the size of the memory anew, to check the next address.
  for (; rest >= 16; rest -= 16) {
    let h0 = v128.load(x);
    let h1 = v128.load(x, 16);
    let h2 = v128.load(x, 32);
    let h3 = v128.load(x, 48);
    if (glu != 0) {
      h0 = f32x4.mul(glu == 1 ? f32x4.mul(h0, v128.load(to)) : relu2(h0), v128.load(up));
      h1 = f32x4.mul(glu == 1 ? f32x4.mul(h1, v128.load(to, 16)) : relu2(h1), v128.load(up, 16));
      h2 = f32x4.mul(glu == 1 ? f32x4.mul(h2, v128.load(to, 32)) : relu2(h2), v128.load(up, 32));
      h3 = f32x4.mul(glu == 1 ? f32x4.mul(h3, v128.load(to, 48)) : relu2(h3), v128.load(up, 48));
    }
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
    x += 64;
    up += 64;
    gain += 64;
    to += 64;
  }
  for (; rest > 0; rest -= 4) {
    const inside = lanesBelow(rest);
    let h0 = v128.load(x);
    if (glu != 0) {
      h0 = f32x4.mul(glu == 1 ? f32x4.mul(h0, v128.load(to)) : relu2(h0), v128.load(up));
    }
    h0 = v128.and(h0, inside);
    a = madd(h0, h0, a);
    const v0 = f32x4.mul(v128.and(v128.load(gain), inside), h0);
    v128.store(to, v0);
    top = i32x4.max_s(top, v128.and(v0, size));
    x += 16;
    up += 16;
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
