// The absmax quantizer of one row that lies in a thread's scratch, AssemblyScript; its formula is in layer_norm.wgsl.

const MIN_PEAK: f32 = 1e-5;
/** Adding it rounds half to even and leaves the integer in the low bits: 1.5·2^23. */
const ROUNDER: f32 = 12582912;

/**
 * Quantizes a row.
 *
 * @param row Floats, padded with zeros to whole vectors.
 * @param words Its vectors, and the words of its codes.
 * @param peaks The largest absolute value of the row is the largest of these four, compared as integers.
 * @param codes Receives the codes.
 * @param step Receives what one unit of the codes stands for.
 */
export function quantizeRow(
  row: usize,
  words: i32,
  peaks: v128,
  bits: i32,
  codes: usize,
  step: usize,
): void {
  peaks = i32x4.max_s(peaks, v128.shuffle<i32>(peaks, peaks, 2, 3, 0, 1));
  peaks = i32x4.max_s(peaks, v128.shuffle<i32>(peaks, peaks, 1, 0, 3, 2));
  const peak = f32x4.extract_lane(peaks, 0);
  const q = <f32> ((1 << (bits - 1)) - 1);
  // Not max(): a NaN must get through.
  const bound = peak < MIN_PEAK ? MIN_PEAK : peak;
  store<f32>(step, bound / q);

  const scales = f32x4.splat(q / bound);
  const rounder = f32x4.splat(ROUNDER);
  let word = 0;
  // Nothing is larger than the peak, so no code needs clamping.
  for (; word + 4 <= words; word += 4) {
    const a = rounded(v128.load(row), scales, rounder);
    const b = rounded(v128.load(row, 16), scales, rounder);
    const c = rounded(v128.load(row, 32), scales, rounder);
    const d = rounded(v128.load(row, 48), scales, rounder);
    const low = i16x8.narrow_i32x4_s(a, b);
    v128.store(codes, i8x16.narrow_i16x8_s(low, i16x8.narrow_i32x4_s(c, d)));
    row += 64;
    codes += 16;
  }
  for (; word < words; word++) {
    const a = rounded(v128.load(row), scales, rounder);
    const low = i16x8.narrow_i32x4_s(a, a);
    v128.store32_lane(codes, i8x16.narrow_i16x8_s(low, low), 0);
    row += 16;
    codes += 4;
  }
}

// @inline
function rounded(value: v128, scales: v128, rounder: v128): v128 {
  return i32x4.sub(f32x4.add(f32x4.mul(value, scales), rounder), rounder);
}
