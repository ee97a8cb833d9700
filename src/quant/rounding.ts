/**
 * Rounding as PyTorch and WGSL do it.
 *
 * @module
 */

/** Rounds half to even, as PyTorch and WGSL do and `Math.round` does not. */
export function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const fraction = x - floor;
  if (fraction !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}
