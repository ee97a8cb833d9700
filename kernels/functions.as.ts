// Activation functions of four lanes and their derivatives, as in activation.wgsl, AssemblyScript.
// `kind`: 0 silu   1 relu2   2 gelu   3 gelu_tanh   4 quick_gelu. It is a constant wherever these are called.
import { expInside, madd, sigmoid4 } from "./simd.as";

/** Four equal lanes each, see `EXP`. */
const ERF: usize = memory.data<f32>([
  // 1/√2, then Abramowitz and Stegun 7.1.26: p, a₅ to a₁
  0.70710678,
  0.70710678,
  0.70710678,
  0.70710678,
  0.3275911,
  0.3275911,
  0.3275911,
  0.3275911,
  1.061405429,
  1.061405429,
  1.061405429,
  1.061405429,
  -1.453152027,
  -1.453152027,
  -1.453152027,
  -1.453152027,
  1.421413741,
  1.421413741,
  1.421413741,
  1.421413741,
  -0.284496736,
  -0.284496736,
  -0.284496736,
  -0.284496736,
  0.254829592,
  0.254829592,
  0.254829592,
  0.254829592,
  // 1, ½, bound of the exponent, 1/√(2π)
  1,
  1,
  1,
  1,
  0.5,
  0.5,
  0.5,
  0.5,
  87,
  87,
  87,
  87,
  0.39894228,
  0.39894228,
  0.39894228,
  0.39894228,
], 16);

/** e^(−z² / 2) */
// @inline
function bell(z: v128): v128 {
  const halved = f32x4.mul(f32x4.mul(z, z), v128.load(ERF, 128));
  return expInside(f32x4.neg(f32x4.pmin(halved, v128.load(ERF, 144))));
}

/** The normal distribution function, by the error function (error 1.5e-7), from z and its {@link bell}. */
// @inline
function phi(z: v128, density: v128): v128 {
  const one = v128.load(ERF, 112);
  const a = f32x4.mul(f32x4.abs(z), v128.load(ERF, 0));
  const t = f32x4.div(one, madd(v128.load(ERF, 16), a, one));
  let p = madd(v128.load(ERF, 32), t, v128.load(ERF, 48));
  p = madd(p, t, v128.load(ERF, 64));
  p = madd(p, t, v128.load(ERF, 80));
  p = madd(p, t, v128.load(ERF, 96));
  p = f32x4.mul(f32x4.mul(p, t), v128.load(ERF, 128));
  const tail = f32x4.mul(p, density);
  return v128.bitselect(f32x4.sub(one, tail), tail, f32x4.ge(z, f32x4.splat(0)));
}

/** Of {@link gelu}. */
// deno-fmt-ignore
const RATIONAL: usize = memory.data<f32>([
  // 1/√2, bounds of the argument
  0.70710678, 0.70710678, 0.70710678, 0.70710678,
  3.8, 3.8, 3.8, 3.8,
  -3.8, -3.8, -3.8, -3.8,
  // numerator, denominator
  -2.72614225801306e-10, -2.72614225801306e-10, -2.72614225801306e-10, -2.72614225801306e-10,
  2.77068142495902e-08, 2.77068142495902e-08, 2.77068142495902e-08, 2.77068142495902e-08,
  -2.10102402082508e-06, -2.10102402082508e-06, -2.10102402082508e-06, -2.10102402082508e-06,
  -5.69250639462346e-05, -5.69250639462346e-05, -5.69250639462346e-05, -5.69250639462346e-05,
  -0.000734990630326855, -0.000734990630326855, -0.000734990630326855, -0.000734990630326855,
  -0.00295459980854025, -0.00295459980854025, -0.00295459980854025, -0.00295459980854025,
  -0.0160960333262415, -0.0160960333262415, -0.0160960333262415, -0.0160960333262415,
  -1.45660718464996e-05, -1.45660718464996e-05, -1.45660718464996e-05, -1.45660718464996e-05,
  -0.000213374055278905, -0.000213374055278905, -0.000213374055278905, -0.000213374055278905,
  -0.00168282697438203, -0.00168282697438203, -0.00168282697438203, -0.00168282697438203,
  -0.00737332916720468, -0.00737332916720468, -0.00737332916720468, -0.00737332916720468,
  -0.0142647390514189, -0.0142647390514189, -0.0142647390514189, -0.0142647390514189,
  // ½
  0.5, 0.5, 0.5, 0.5,
], 16);

/** z·Φ(z), by a rational function for the error function, as Eigen has it: relative error below 3e-7 where z > 0. */
// @inline
function gelu(z: v128): v128 {
  const scaled = f32x4.mul(z, v128.load(RATIONAL));
  const x = f32x4.pmax(f32x4.pmin(scaled, v128.load(RATIONAL, 16)), v128.load(RATIONAL, 32));
  const s = f32x4.mul(x, x);
  let p = madd(v128.load(RATIONAL, 48), s, v128.load(RATIONAL, 64));
  let q = madd(v128.load(RATIONAL, 160), s, v128.load(RATIONAL, 176));
  p = madd(p, s, v128.load(RATIONAL, 80));
  q = madd(q, s, v128.load(RATIONAL, 192));
  p = madd(p, s, v128.load(RATIONAL, 96));
  q = madd(q, s, v128.load(RATIONAL, 208));
  p = madd(p, s, v128.load(RATIONAL, 112));
  q = madd(q, s, v128.load(RATIONAL, 224));
  p = madd(p, s, v128.load(RATIONAL, 128));
  p = madd(p, s, v128.load(RATIONAL, 144));
  const erf = f32x4.div(f32x4.mul(x, p), q);
  const half = f32x4.mul(z, v128.load(RATIONAL, 240));
  return madd(half, erf, half);
}

/** act(z) */
// @inline
export function activate(z: v128, kind: i32): v128 {
  if (kind == 0) return f32x4.mul(z, sigmoid4(z));
  if (kind == 1) {
    const r = f32x4.max(z, f32x4.splat(0));
    return f32x4.mul(r, r);
  }
  if (kind == 2) return gelu(z);
  if (kind == 3) {
    const cube = f32x4.mul(f32x4.mul(z, z), f32x4.mul(z, f32x4.splat(0.044715)));
    return f32x4.mul(z, sigmoid4(f32x4.mul(f32x4.add(z, cube), f32x4.splat(1.5957691))));
  }
  return f32x4.mul(z, sigmoid4(f32x4.mul(z, f32x4.splat(1.702))));
}

/** s + z·s·(1 − s)·inner: the derivative of z·sigmoid(u) with s the sigmoid and `inner` du/dz. */
// @inline
function slopeOf(s: v128, z: v128, inner: v128): v128 {
  const one = v128.load(ERF, 112);
  return madd(f32x4.mul(f32x4.mul(z, s), f32x4.sub(one, s)), inner, s);
}

/** act′(z) */
// @inline
export function slope(z: v128, kind: i32): v128 {
  const one = v128.load(ERF, 112);
  if (kind == 0) {
    const s = sigmoid4(z);
    return f32x4.mul(s, madd(z, f32x4.sub(one, s), one));
  }
  if (kind == 1) {
    const r = f32x4.max(z, f32x4.splat(0));
    return f32x4.add(r, r);
  }
  if (kind == 2) {
    const density = bell(z);
    return madd(f32x4.mul(z, v128.load(ERF, 160)), density, phi(z, density));
  }
  if (kind == 3) {
    const square = f32x4.mul(z, z);
    const cube = f32x4.mul(square, f32x4.mul(z, f32x4.splat(0.044715)));
    const s = sigmoid4(f32x4.mul(f32x4.add(z, cube), f32x4.splat(1.5957691)));
    const inner = f32x4.mul(madd(square, f32x4.splat(0.134145), one), f32x4.splat(1.5957691));
    return slopeOf(s, z, inner);
  }
  return slopeOf(sigmoid4(f32x4.mul(z, f32x4.splat(1.702))), z, f32x4.splat(1.702));
}
