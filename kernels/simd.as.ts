// Shared pieces of the CPU kernels, AssemblyScript.
//
// Every kernel is `export function name(args, begin, end, scratch)`: it does units `begin` to `end` of its
// work. `args` points at 32-bit words: addresses of what is read (0 if absent), of what is written, of the step
// values if the kernel uses them, then the constants, in the order of `src/device/cpu/kernels.ts`.
// `scratch` is memory that all phases of the dispatch share.

/** The i-th word of the argument block as an address. */
// @ts-ignore: decorator

export function pointer(args: usize, i: i32): usize {
  return <usize> load<u32>(args + (<usize> i << 2));
}

/** The i-th word as an integer constant. */
// @ts-ignore: decorator

export function integer(args: usize, i: i32): i32 {
  return load<i32>(args + (<usize> i << 2));
}

/** The i-th word as a float constant. */
// @ts-ignore: decorator

export function real(args: usize, i: i32): f32 {
  return load<f32>(args + (<usize> i << 2));
}

/** a·b + c, in one rounding where the engine has relaxed SIMD and the processor can. */
// @ts-ignore: decorator

export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** Sum of the four lanes, in a fixed order. */
// @ts-ignore: decorator

export function sumLanes(v: v128): f32 {
  return (f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1)) +
    (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}

/** Largest of the four lanes. */
// @ts-ignore: decorator

export function maxLanes(v: v128): f32 {
  return max(
    max(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1)),
    max(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)),
  );
}

/**
 * eˣ of four lanes: x = n·ln 2 + r, |r| ≤ ln 2 / 2; a degree-6 polynomial for eʳ, then 2ⁿ by the exponent bits.
 * Relative error below 2e-7; 0 below −87.3, +∞ is never produced (x is clamped at 88.3).
 */
export function exp4(x: v128): v128 {
  const clamped = f32x4.min(f32x4.max(x, f32x4.splat(-87.3365)), f32x4.splat(88.3762626647949));
  const n = f32x4.nearest(f32x4.mul(clamped, f32x4.splat(1.44269504088896341)));
  // ln 2 in two parts, so that r keeps its digits.
  let r = f32x4.sub(clamped, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  let p = f32x4.splat(1.9875691500e-4);
  p = madd(p, r, f32x4.splat(1.3981999507e-3));
  p = madd(p, r, f32x4.splat(8.3334519073e-3));
  p = madd(p, r, f32x4.splat(4.1665795894e-2));
  p = madd(p, r, f32x4.splat(1.6666665459e-1));
  p = madd(p, r, f32x4.splat(5.0000001201e-1));
  p = madd(p, f32x4.mul(r, r), f32x4.add(r, f32x4.splat(1)));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  const y = f32x4.mul(p, power);
  const tiny = f32x4.lt(x, f32x4.splat(-87.3365));
  // NaN must stay NaN: the comparisons above would hide it.
  return v128.bitselect(x, v128.andnot(y, tiny), f32x4.ne(x, x));
}
