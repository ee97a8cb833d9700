// Powers of two, for exponentials whose argument comes with a factor log₂ e anyway, AssemblyScript.
import { madd, sigmoid4 } from "./simd.as";

/** Constants, each four times: loading one costs less than building it in a loop. */
// deno-fmt-ignore
const EXP2 = memory.data<f32>([
  12582912, 12582912, 12582912, 12582912,
  1.535336188319500e-4, 1.535336188319500e-4, 1.535336188319500e-4, 1.535336188319500e-4,
  1.339887440266574e-3, 1.339887440266574e-3, 1.339887440266574e-3, 1.339887440266574e-3,
  9.618437357674640e-3, 9.618437357674640e-3, 9.618437357674640e-3, 9.618437357674640e-3,
  5.550332471162809e-2, 5.550332471162809e-2, 5.550332471162809e-2, 5.550332471162809e-2,
  2.402264791363012e-1, 2.402264791363012e-1, 2.402264791363012e-1, 2.402264791363012e-1,
  6.931472028550421e-1, 6.931472028550421e-1, 6.931472028550421e-1, 6.931472028550421e-1,
  1, 1, 1, 1,
  -127, -127, -127, -127,
  127, 127, 127, 127,
  -1.4426950408889634, -1.4426950408889634, -1.4426950408889634, -1.4426950408889634,
], 16);

/**
 * 2ˣ of four times four lanes, x ≤ 127, stored `pitch` bytes apart: x = n + r, |r| ≤ 1/2, a polynomial for 2ʳ, then n
 * added to its exponent bits. Exactly 0 below −127. Relative error below 2e-7. NaN stays NaN.
 *
 * Four at once, so that a constant is loaded once for all of them.
 *
 * @param sigmoid Whether to store 1 / (1 + 2ˣ) instead.
 */
// @inline
export function storeExp2(
  x0: v128,
  x1: v128,
  x2: v128,
  x3: v128,
  to: usize,
  pitch: usize,
  sigmoid: bool = false,
): void {
  let constant = v128.load(EXP2, 128);
  x0 = f32x4.pmax(x0, constant);
  x1 = f32x4.pmax(x1, constant);
  x2 = f32x4.pmax(x2, constant);
  x3 = f32x4.pmax(x3, constant);
  // The low bits of n + 1.5·2^23 hold n.
  constant = v128.load(EXP2);
  const n0 = f32x4.add(x0, constant);
  const n1 = f32x4.add(x1, constant);
  const n2 = f32x4.add(x2, constant);
  const n3 = f32x4.add(x3, constant);
  x0 = f32x4.sub(x0, f32x4.sub(n0, constant));
  x1 = f32x4.sub(x1, f32x4.sub(n1, constant));
  x2 = f32x4.sub(x2, f32x4.sub(n2, constant));
  x3 = f32x4.sub(x3, f32x4.sub(n3, constant));
  const first = v128.load(EXP2, 16);
  constant = v128.load(EXP2, 32);
  let p0 = madd(first, x0, constant);
  let p1 = madd(first, x1, constant);
  let p2 = madd(first, x2, constant);
  let p3 = madd(first, x3, constant);
  constant = v128.load(EXP2, 48);
  p0 = madd(p0, x0, constant);
  p1 = madd(p1, x1, constant);
  p2 = madd(p2, x2, constant);
  p3 = madd(p3, x3, constant);
  constant = v128.load(EXP2, 64);
  p0 = madd(p0, x0, constant);
  p1 = madd(p1, x1, constant);
  p2 = madd(p2, x2, constant);
  p3 = madd(p3, x3, constant);
  constant = v128.load(EXP2, 80);
  p0 = madd(p0, x0, constant);
  p1 = madd(p1, x1, constant);
  p2 = madd(p2, x2, constant);
  p3 = madd(p3, x3, constant);
  constant = v128.load(EXP2, 96);
  p0 = madd(p0, x0, constant);
  p1 = madd(p1, x1, constant);
  p2 = madd(p2, x2, constant);
  p3 = madd(p3, x3, constant);
  constant = v128.load(EXP2, 112);
  p0 = madd(p0, x0, constant);
  p1 = madd(p1, x1, constant);
  p2 = madd(p2, x2, constant);
  p3 = madd(p3, x3, constant);
  p0 = i32x4.add(p0, i32x4.shl(n0, 23));
  p1 = i32x4.add(p1, i32x4.shl(n1, 23));
  p2 = i32x4.add(p2, i32x4.shl(n2, 23));
  p3 = i32x4.add(p3, i32x4.shl(n3, 23));
  if (sigmoid) {
    constant = v128.load(EXP2, 112);
    p0 = f32x4.div(constant, f32x4.add(constant, p0));
    p1 = f32x4.div(constant, f32x4.add(constant, p1));
    p2 = f32x4.div(constant, f32x4.add(constant, p2));
    p3 = f32x4.div(constant, f32x4.add(constant, p3));
  }
  v128.store(to, p0);
  v128.store(to + pitch, p1);
  v128.store(to + 2 * pitch, p2);
  v128.store(to + 3 * pitch, p3);
}

/** ln x of four lanes, x a normal number: x = 2ᵉ·(1 + f), √½ ≤ 1 + f < √2; a polynomial for ln(1 + f). */
export function log4(x: v128): v128 {
  const exponent = i32x4.shr_s(i32x4.sub(x, i32x4.splat(0x3f3504f3)), 23);
  const f = f32x4.sub(i32x4.sub(x, i32x4.shl(exponent, 23)), f32x4.splat(1));
  const e = f32x4.convert_i32x4_s(exponent);
  const square = f32x4.mul(f, f);
  let p = f32x4.splat(7.0376836292e-2);
  p = madd(p, f, f32x4.splat(-1.1514610310e-1));
  p = madd(p, f, f32x4.splat(1.1676998740e-1));
  p = madd(p, f, f32x4.splat(-1.2420140846e-1));
  p = madd(p, f, f32x4.splat(1.4249322787e-1));
  p = madd(p, f, f32x4.splat(-1.6668057665e-1));
  p = madd(p, f, f32x4.splat(2.0000714765e-1));
  p = madd(p, f, f32x4.splat(-2.4999993993e-1));
  p = madd(p, f, f32x4.splat(3.3333331174e-1));
  p = f32x4.mul(f32x4.mul(p, f), square);
  p = madd(square, f32x4.splat(-0.5), p);
  return madd(e, f32x4.splat(0.6931471805599453), f32x4.add(p, f));
}

/** 1 / (1 + e⁻ˣ) of a row of floats, padded to whole vectors. */
export function sigmoidRow(from: usize, length: i32, to: usize): void {
  let i = 0;
  for (; i + 16 <= length; i += 16) {
    const x0 = opposite(v128.load(from));
    const x1 = opposite(v128.load(from, 16));
    const x2 = opposite(v128.load(from, 32));
    const x3 = opposite(v128.load(from, 48));
    storeExp2(x0, x1, x2, x3, to, 16, true);
    from += 64;
    to += 64;
  }
  for (; i < length; i += 4) {
    v128.store(to, sigmoid4(v128.load(from)));
    from += 16;
    to += 16;
  }
}

/** −x log₂ e where 2 to the power of it is finite. */
// @inline
function opposite(x: v128): v128 {
  return f32x4.pmin(f32x4.mul(x, v128.load(EXP2, 160)), v128.load(EXP2, 144));
}
