// The absmax quantizer of one row that lies in a thread's scratch, AssemblyScript; its formula is in layer_norm.wgsl.

import { madd, magnitude, peakLane, rounder } from "../../shared/simd.as";

const MIN_PEAK: f32 = 1e-5;

/** Absolute values of a row of whole vectors, the largest of which is the largest of these four. */
export function peaksOf(row: usize, vectors: i32): v128 {
  // As integers the absolute values have the same order, and a NaN is above all.
  const size = magnitude();
  let a = i32x4.splat(0);
  let b = a;
  for (; vectors >= 4; vectors -= 4) {
    a = i32x4.max_s(a, v128.and(v128.load(row), size));
    b = i32x4.max_s(b, v128.and(v128.load(row, 16), size));
    a = i32x4.max_s(a, v128.and(v128.load(row, 32), size));
    b = i32x4.max_s(b, v128.and(v128.load(row, 48), size));
    row += 64;
  }
  for (; vectors > 0; vectors--) {
    a = i32x4.max_s(a, v128.and(v128.load(row), size));
    row += 16;
  }
  return i32x4.max_s(a, b);
}

/**
 * Quantizes a row.
 *
 * @param row Floats, padded with zeros to whole vectors.
 * @param words Its vectors, and the words of its codes.
 * @param peaks The largest absolute value of the row is the largest of these four, compared as integers.
 * @param codes Receives the codes.
 * @param scale Receives what one unit of the codes stands for.
 * @param factor What the row is to be multiplied with first.
 */
export function quantizeRow(
  row: usize,
  words: i32,
  peaks: v128,
  bits: i32,
  codes: usize,
  scale: usize,
  factor: f32 = 1,
): void {
  const peak = peakLane(peaks);
  const q = <f32> ((1 << (bits - 1)) - 1);
  let bound = peak * factor;
  let inverse = q / peak;
  // Not max(): a NaN must get through.
  if (bound < MIN_PEAK) {
    bound = MIN_PEAK;
    inverse = factor * (q / MIN_PEAK);
  }
  store<f32>(scale, bound / q);

  const inverses = f32x4.splat(inverse);
  const shift = rounder();
  let word = 0;
  // Nothing is larger than the peak, so no code needs clamping.
  for (; word + 4 <= words; word += 4) {
    const a = rounded(v128.load(row), inverses, shift);
    const b = rounded(v128.load(row, 16), inverses, shift);
    const c = rounded(v128.load(row, 32), inverses, shift);
    const d = rounded(v128.load(row, 48), inverses, shift);
    const low = i16x8.narrow_i32x4_s(a, b);
    v128.store(codes, i8x16.narrow_i16x8_s(low, i16x8.narrow_i32x4_s(c, d)));
    row += 64;
    codes += 16;
  }
  for (; word < words; word++) {
    const a = rounded(v128.load(row), inverses, shift);
    const low = i16x8.narrow_i32x4_s(a, a);
    v128.store32_lane(codes, i8x16.narrow_i16x8_s(low, low), 0);
    row += 16;
    codes += 4;
  }
}

// @inline
function rounded(value: v128, inverses: v128, shift: v128): v128 {
  return i32x4.sub(madd(value, inverses, shift), shift);
}
