// Layer norm of every row, and quantization of it. The twin of layer_norm.wgsl. One unit per row, in short passes over
// what is in the first-level cache: its mean, its variance, y (in this thread's scratch if it is quantized), its codes.
// Two rows go together where that saves waiting for sums or loading w and b again, but memory is read and written in
// order: else the processor does not fetch the next lines in advance, which costs more than it saves.
import { LayerNormArguments } from "./arguments.as";
import { quantizeRow } from "../quantizers/parts/quantize_row.as";
import { lanesBelow, madd, magnitude, privateScratch, storePart } from "../shared/simd.as";

export function layerNorm(args: LayerNormArguments, begin: i32, end: i32, scratch: usize): void {
  const D = args.D;
  const bits = args.BITS;
  const rowBytes = <usize> D << 2;
  const words = (D + 3) >> 2;
  const buffer = privateScratch(scratch, 0, <usize> words << 5);
  const bufferB = buffer + (<usize> words << 4);

  for (let row = begin; row < end; row += 2) {
    // The last of an odd number is a pair with itself.
    const rowB = min(row + 1, end - 1);
    const x = args.x + <usize> row * rowBytes;
    const xB = args.x + <usize> rowB * rowBytes;
    const count = f32x4.splat(<f32> D);
    const means = f32x4.div(sums(x, xB, D), count);
    const mean = v128.shuffle<i32>(means, means, 0, 0, 0, 0);
    const meanB = v128.shuffle<i32>(means, means, 1, 1, 1, 1);
    const variances = f32x4.div(sumsOfSquares(x, xB, D, mean, meanB), count);
    const roots = f32x4.sqrt(f32x4.add(variances, f32x4.splat(args.EPS)));
    const factors = f32x4.div(f32x4.splat(1), roots);
    const moments = v128.shuffle<i32>(means, factors, 0, 4, 1, 5);
    v128.store64_lane(args.moments + (<usize> row << 3), moments, 0);
    v128.store64_lane(args.moments + (<usize> rowB << 3), moments, 1);
    const factor = v128.shuffle<i32>(factors, factors, 0, 0, 0, 0);
    const factorB = v128.shuffle<i32>(factors, factors, 1, 1, 1, 1);

    if (bits == 32) {
      const y = args.y + <usize> row * rowBytes;
      const yB = args.y + <usize> rowB * rowBytes;
      normalize(args, x, y, mean, factor);
      normalize(args, xB, yB, meanB, factorB);
      continue;
    }
    const peaks = normalizeForCodes(args, x, xB, buffer, bufferB, mean, meanB, factor, factorB);
    const codes = args.y;
    const scales = args.scales;
    const codeBytes = <usize> words << 2;
    const peak = v128.shuffle<i32>(peaks, peaks, 0, 1, 0, 1);
    const peakB = v128.shuffle<i32>(peaks, peaks, 2, 3, 2, 3);
    quantizeRow(buffer, words, peak, bits, codes + row * codeBytes, scales + (<usize> row << 2));
    if (rowB == row) continue;
    quantizeRow(
      bufferB,
      words,
      peakB,
      bits,
      codes + rowB * codeBytes,
      scales + (<usize> rowB << 2),
    );
  }
}

/** Sums of all lanes of a and of b, in the first two lanes. */
// @inline
function sumPair(a: v128, b: v128): v128 {
  const halves = f32x4.add(
    v128.shuffle<i32>(a, b, 0, 2, 4, 6),
    v128.shuffle<i32>(a, b, 1, 3, 5, 7),
  );
  return f32x4.add(
    v128.shuffle<i32>(halves, halves, 0, 2, 0, 2),
    v128.shuffle<i32>(halves, halves, 1, 3, 1, 3),
  );
}

function rowSum(x: usize, D: i32): v128 {
  const end = x + (<usize> (D >> 2) << 4);
  let c = v128.and(v128.load(end), lanesBelow(D & 3));
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
  return f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
}

/** Sums of two rows, in the first two lanes. */
function sums(x: usize, xB: usize, D: i32): v128 {
  const first = rowSum(x, D);
  return sumPair(first, rowSum(xB, D));
}

/** sum + (x − mean)² */
// @inline
function addSquare(x: v128, mean: v128, sum: v128): v128 {
  const centered = f32x4.sub(x, mean);
  return madd(centered, centered, sum);
}

/** Sums of the squares of x − mean of two rows, in the first two lanes. */
function sumsOfSquares(x: usize, xB: usize, D: i32, mean: v128, meanB: v128): v128 {
  const rest = lanesBelow(D & 3);
  const end = <usize> (D >> 2) << 4;
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a3 = a0;
  let b0 = a0;
  let b1 = a0;
  let b3 = a0;
  const last = v128.and(f32x4.sub(v128.load(x + end), mean), rest);
  const lastB = v128.and(f32x4.sub(v128.load(xB + end), meanB), rest);
  let a2 = f32x4.mul(last, last);
  let b2 = f32x4.mul(lastB, lastB);
  const stop = x + end;
  for (; x + 64 <= stop; x += 64) {
    a0 = addSquare(v128.load(x), mean, a0);
    a1 = addSquare(v128.load(x, 16), mean, a1);
    a2 = addSquare(v128.load(x, 32), mean, a2);
    a3 = addSquare(v128.load(x, 48), mean, a3);
    b0 = addSquare(v128.load(xB), meanB, b0);
    b1 = addSquare(v128.load(xB, 16), meanB, b1);
    b2 = addSquare(v128.load(xB, 32), meanB, b2);
    b3 = addSquare(v128.load(xB, 48), meanB, b3);
    xB += 64;
  }
  for (; x < stop; x += 16) {
    a0 = addSquare(v128.load(x), mean, a0);
    b0 = addSquare(v128.load(xB), meanB, b0);
    xB += 16;
  }
  return sumPair(
    f32x4.add(f32x4.add(a0, a1), f32x4.add(a2, a3)),
    f32x4.add(f32x4.add(b0, b1), f32x4.add(b2, b3)),
  );
}

// @inline
function normalized(x: v128, mean: v128, factor: v128, w: v128, b: v128): v128 {
  return madd(f32x4.mul(f32x4.sub(x, mean), w), factor, b);
}

/** y of a row. */
function normalize(args: LayerNormArguments, x: usize, y: usize, mean: v128, factor: v128): void {
  let rest = args.D;
  let w = args.w;
  let b = args.b;
  // Loads before stores: after a store V8 fetches the size of the memory anew, to check the next address.
  for (; rest >= 16; rest -= 16) {
    const y0 = normalized(v128.load(x), mean, factor, v128.load(w), v128.load(b));
    const y1 = normalized(v128.load(x, 16), mean, factor, v128.load(w, 16), v128.load(b, 16));
    const y2 = normalized(v128.load(x, 32), mean, factor, v128.load(w, 32), v128.load(b, 32));
    const y3 = normalized(v128.load(x, 48), mean, factor, v128.load(w, 48), v128.load(b, 48));
    v128.store(y, y0);
    v128.store(y, y1, 16);
    v128.store(y, y2, 32);
    v128.store(y, y3, 48);
    x += 64;
    w += 64;
    b += 64;
    y += 64;
  }
  for (; rest > 0; rest -= 4) {
    const value = normalized(v128.load(x), mean, factor, v128.load(w), v128.load(b));
    if (rest < 4) storePart(y, value, rest);
    else v128.store(y, value);
    x += 16;
    w += 16;
    b += 16;
    y += 16;
  }
}

/**
 * Stores y of two rows, padded with zeros.
 *
 * @returns Absolute values of the first row, of which one is the largest of it, and two of the second.
 */
function normalizeForCodes(
  args: LayerNormArguments,
  x: usize,
  xB: usize,
  y: usize,
  yB: usize,
  mean: v128,
  meanB: v128,
  factor: v128,
  factorB: v128,
): v128 {
  let rest = args.D;
  let w = args.w;
  let b = args.b;
  // As integers the absolute values have the same order, and a NaN is above all.
  const size = magnitude();
  let top = i32x4.splat(0);
  let topB = top;
  for (; rest >= 16; rest -= 16) {
    const w0 = v128.load(w);
    const b0 = v128.load(b);
    const a0 = normalized(v128.load(x), mean, factor, w0, b0);
    const c0 = normalized(v128.load(xB), meanB, factorB, w0, b0);
    const w1 = v128.load(w, 16);
    const b1 = v128.load(b, 16);
    const a1 = normalized(v128.load(x, 16), mean, factor, w1, b1);
    const c1 = normalized(v128.load(xB, 16), meanB, factorB, w1, b1);
    const w2 = v128.load(w, 32);
    const b2 = v128.load(b, 32);
    const a2 = normalized(v128.load(x, 32), mean, factor, w2, b2);
    const c2 = normalized(v128.load(xB, 32), meanB, factorB, w2, b2);
    const w3 = v128.load(w, 48);
    const b3 = v128.load(b, 48);
    const a3 = normalized(v128.load(x, 48), mean, factor, w3, b3);
    const c3 = normalized(v128.load(xB, 48), meanB, factorB, w3, b3);
    top = i32x4.max_s(top, v128.and(a0, size));
    topB = i32x4.max_s(topB, v128.and(c0, size));
    top = i32x4.max_s(top, v128.and(a1, size));
    topB = i32x4.max_s(topB, v128.and(c1, size));
    top = i32x4.max_s(top, v128.and(a2, size));
    topB = i32x4.max_s(topB, v128.and(c2, size));
    top = i32x4.max_s(top, v128.and(a3, size));
    topB = i32x4.max_s(topB, v128.and(c3, size));
    v128.store(y, a0);
    v128.store(y, a1, 16);
    v128.store(y, a2, 32);
    v128.store(y, a3, 48);
    v128.store(yB, c0);
    v128.store(yB, c1, 16);
    v128.store(yB, c2, 32);
    v128.store(yB, c3, 48);
    x += 64;
    xB += 64;
    w += 64;
    b += 64;
    y += 64;
    yB += 64;
  }
  for (; rest > 0; rest -= 4) {
    const inside = lanesBelow(rest);
    const value = normalized(v128.load(x), mean, factor, v128.load(w), v128.load(b));
    const valueB = normalized(v128.load(xB), meanB, factorB, v128.load(w), v128.load(b));
    const kept = v128.and(value, inside);
    const keptB = v128.and(valueB, inside);
    top = i32x4.max_s(top, v128.and(kept, size));
    topB = i32x4.max_s(topB, v128.and(keptB, size));
    v128.store(y, kept);
    v128.store(yB, keptB);
    x += 16;
    xB += 16;
    w += 16;
    b += 16;
    y += 16;
    yB += 16;
  }
  return i32x4.max_s(
    v128.shuffle<i32>(top, topB, 0, 1, 4, 5),
    v128.shuffle<i32>(top, topB, 2, 3, 6, 7),
  );
}
