// Rounds floats to integers for products in integers, AssemblyScript.

/** Rows whose largest magnitude is below this count as zero. */
export const MIN_PEAK: f32 = 1e-30;

/** value · scales as four integers; `shift` is what `rounder` of simd.as.ts gives. */
// @inline
export function rounded(value: v128, scales: v128, shift: v128): v128 {
  return i32x4.sub(f32x4.add(f32x4.mul(value, scales), shift), shift);
}
