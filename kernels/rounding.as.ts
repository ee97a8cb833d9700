// Rounds floats to integers for products in integers, AssemblyScript.

/** Rows whose largest magnitude is below this count as zero. */
export const MIN_PEAK: f32 = 1e-30;
/** Adding it to a float of less than 2^22 rounds half to even and leaves the integer in the low bits: 1.5·2^23. */
export const ROUNDER: f32 = 12582912;

/** value · scales as four integers; `rounder` is {@link ROUNDER} four times. */
// @inline
export function rounded(value: v128, scales: v128, rounder: v128): v128 {
  return i32x4.sub(f32x4.add(f32x4.mul(value, scales), rounder), rounder);
}
