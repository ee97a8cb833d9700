// Shared pieces of the CPU kernels, AssemblyScript.
//
// Every kernel is `export function name(args, begin, end, scratch)`: it does units `begin` to `end` of its
// work. `args` points at 32-bit words: addresses of what is read (0 if absent), of what is written, of the step
// values if the kernel uses them, then the constants; the class of `args` names them, in `arguments.as.ts` of the
// room, which follows from the kernel's declaration. `scratch` is memory that all phases of the dispatch share; after
// it every thread has memory of its own, if the kernel asks for it: see `privateScratch`.
//
// A line `// @inline` is AssemblyScript's decorator: `deno task kernels` puts it in, the formatter would delete it.

/** Which thread this instance of the module runs on; set by `run`. */
let thread: i32 = 0;

/** Says which thread this is. */
export function setThread(index: i32): void {
  thread = index;
}

/** This thread's own part of the scratch: `bytes` for every thread, after the `shared` bytes. */
export function privateScratch(scratch: usize, shared: usize, bytes: usize): usize {
  return scratch + shared + <usize> thread * bytes;
}

/** What {@link rounder}, {@link magnitude} and {@link ones} load. */
// deno-fmt-ignore
const CONSTANTS: usize = memory.data<u32>([
  0x4b400000, 0x4b400000, 0x4b400000, 0x4b400000,
  0x7fffffff, 0x7fffffff, 0x7fffffff, 0x7fffffff,
  0x3f800000, 0x3f800000, 0x3f800000, 0x3f800000,
], 16);

/**
 * 1.5·2²³ in four lanes: adding it to a float rounds half to even and leaves the integer in the low bits. Loaded, so
 * that it stays in a register: V8 builds a literal anew at every use, in a loop too.
 */
// @inline
export function rounder(): v128 {
  return v128.load(CONSTANTS);
}

/** All bits but the sign in four lanes, loaded for the same reason. */
// @inline
export function magnitude(): v128 {
  return v128.load(CONSTANTS, 16);
}

/** 1 in four lanes, loaded for the same reason. */
// @inline
export function ones(): v128 {
  return v128.load(CONSTANTS, 32);
}

/** Whether a number is neither infinite nor NaN. */
// @inline
export function isFinite32(x: f32): bool {
  return (reinterpret<u32>(x) & 0x7f800000) != 0x7f800000;
}

/** a·b + c, in one rounding where the engine has relaxed SIMD and the processor can. */
// @inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** `inside` in lanes whose mask is all ones, else `other`: one instruction instead of three where the engine has it. */
// @inline
export function where(mask: v128, inside: v128, other: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i32x4.relaxed_laneselect(inside, other, mask);
  return v128.bitselect(inside, other, mask);
}

/** Sum of the four lanes, in a fixed order. */
// @inline
export function sumLanes(v: v128): f32 {
  return (f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1)) +
    (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}

/** Largest of the four lanes. */
// @inline
export function maxLanes(v: v128): f32 {
  return max(
    max(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1)),
    max(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)),
  );
}

/** The largest of four lanes without signs, compared as integers: the order is the same, and a NaN is above all. */
// @inline
export function peakLane(peaks: v128): f32 {
  peaks = i32x4.max_s(peaks, v128.shuffle<i32>(peaks, peaks, 2, 3, 0, 1));
  peaks = i32x4.max_s(peaks, v128.shuffle<i32>(peaks, peaks, 1, 0, 3, 2));
  return f32x4.extract_lane(peaks, 0);
}

/** Constants of exp, four equal lanes each: in the code they would be built anew at every use, loads are cheaper. */
const EXP: usize = memory.data<f32>([
  // lower bound
  -87.3365,
  -87.3365,
  -87.3365,
  -87.3365,
  // upper bound
  88.3762626647949,
  88.3762626647949,
  88.3762626647949,
  88.3762626647949,
  // 1 / ln 2
  1.44269504088896341,
  1.44269504088896341,
  1.44269504088896341,
  1.44269504088896341,
  // 1.5 · 2²³: adding it rounds to a whole number, in the low bits
  12582912,
  12582912,
  12582912,
  12582912,
  // −ln 2 in two parts, so that the remainder keeps its digits
  -0.693359375,
  -0.693359375,
  -0.693359375,
  -0.693359375,
  2.12194440e-4,
  2.12194440e-4,
  2.12194440e-4,
  2.12194440e-4,
  // polynomial
  1.9875691500e-4,
  1.9875691500e-4,
  1.9875691500e-4,
  1.9875691500e-4,
  1.3981999507e-3,
  1.3981999507e-3,
  1.3981999507e-3,
  1.3981999507e-3,
  8.3334519073e-3,
  8.3334519073e-3,
  8.3334519073e-3,
  8.3334519073e-3,
  4.1665795894e-2,
  4.1665795894e-2,
  4.1665795894e-2,
  4.1665795894e-2,
  1.6666665459e-1,
  1.6666665459e-1,
  1.6666665459e-1,
  1.6666665459e-1,
  5.0000001201e-1,
  5.0000001201e-1,
  5.0000001201e-1,
  5.0000001201e-1,
  1,
  1,
  1,
  1,
  // bound of the sigmoid
  87,
  87,
  87,
  87,
], 16);

/**
 * eˣ of four lanes between −87.3 and 88.3 (NaN stays NaN): x = n·ln 2 + r, |r| ≤ ln 2 / 2; a polynomial of degree 7
 * for eʳ, times 2ⁿ made of exponent bits. Relative error below 2e-7.
 */
// @inline
export function expInside(x: v128): v128 {
  const rounder = v128.load(EXP, 48);
  const shifted = madd(x, v128.load(EXP, 32), rounder);
  const n = f32x4.sub(shifted, rounder);
  const r = madd(n, v128.load(EXP, 80), madd(n, v128.load(EXP, 64), x));
  // Pairs of terms: a shorter chain than one term after the other.
  const square = f32x4.mul(r, r);
  const high = madd(v128.load(EXP, 96), r, v128.load(EXP, 112));
  const middle = madd(v128.load(EXP, 128), r, v128.load(EXP, 144));
  const low = madd(v128.load(EXP, 160), r, v128.load(EXP, 176));
  const one = v128.load(EXP, 192);
  const p = madd(madd(madd(high, square, middle), square, low), square, f32x4.add(r, one));
  return f32x4.mul(p, i32x4.add(i32x4.shl(shifted, 23), one));
}

/** eˣ of four lanes: 0 below −87.3; never +∞, because x is bounded by 88.3; NaN stays NaN. */
// @inline
export function exp4(x: v128): v128 {
  const low = v128.load(EXP, 0);
  // pmin and pmax are one instruction each and keep a NaN in x.
  const y = expInside(f32x4.pmin(f32x4.pmax(x, low), v128.load(EXP, 16)));
  return v128.andnot(y, f32x4.lt(x, low));
}

/** 1 / (1 + e⁻ˣ) of four lanes; x is bounded by ±87, where it is 0 or 1 to all digits that matter. */
// @inline
export function sigmoid4(x: v128): v128 {
  const one = v128.load(EXP, 192);
  const z = f32x4.pmin(f32x4.pmax(f32x4.neg(x), v128.load(EXP, 0)), v128.load(EXP, 208));
  return f32x4.div(one, f32x4.add(one, expInside(z)));
}

/** Stores the first `count` lanes, fewer than four. */
export function storePart(address: usize, v: v128, count: i32): void {
  v128.store32_lane(address, v, 0);
  if (count > 1) v128.store32_lane(address, v, 1, 4);
  if (count > 2) v128.store32_lane(address, v, 2, 8);
}

/** All ones in the lanes below `count`. */
// @inline
export function lanesBelow(count: i32): v128 {
  return i32x4.gt_s(i32x4.splat(count), i32x4(0, 1, 2, 3));
}
