// Activation functions of four lanes and their derivatives, as in activation.wgsl, AssemblyScript.
// `kind`: 0 silu   1 relu2   2 gelu   3 gelu_tanh   4 quick_gelu. It is a constant wherever these are called.
import { madd, sigmoid4 } from "../../shared/simd.as";

/** Of {@link geluSlope}; four equal lanes each, see `EXP`. */
// deno-fmt-ignore
const SLOPE: usize = memory.data<f32>([
  // 1, ½, bounds of the argument
  1, 1, 1, 1,
  0.5, 0.5, 0.5, 0.5,
  5.7, 5.7, 5.7, 5.7,
  -5.7, -5.7, -5.7, -5.7,
  // numerator, denominator
  1.92784972e-07, 1.92784972e-07, 1.92784972e-07, 1.92784972e-07,
  3.59452495e-05, 3.59452495e-05, 3.59452495e-05, 3.59452495e-05,
  1.9330995e-05, 1.9330995e-05, 1.9330995e-05, 1.9330995e-05,
  0.014229478, 0.014229478, 0.014229478, 0.014229478,
  -0.0309914182, -0.0309914182, -0.0309914182, -0.0309914182,
  0.797885358, 0.797885358, 0.797885358, 0.797885358,
  8.94781297e-06, 8.94781297e-06, 8.94781297e-06, 8.94781297e-06,
  0.000192042631, 0.000192042631, 0.000192042631, 0.000192042631,
  0.00352298349, 0.00352298349, 0.00352298349, 0.00352298349,
  0.0409810845, 0.0409810845, 0.0409810845, 0.0409810845,
  0.29449957, 0.29449957, 0.29449957, 0.29449957,
], 16);

/**
 * Φ(z) + z·Φ′(z), the derivative of z·Φ(z): ½ + z·p(z²) / q(z²) with the error below 3e-7, fitted like the rational
 * function of {@link gelu}. Beyond ±5.7 it differs from 0 or 1 by less than that.
 */
// @inline
function geluSlope(z: v128): v128 {
  const x = f32x4.pmax(f32x4.pmin(z, v128.load(SLOPE, 32)), v128.load(SLOPE, 48));
  const s = f32x4.mul(x, x);
  let p = madd(v128.load(SLOPE, 64), s, v128.load(SLOPE, 80));
  let q = madd(v128.load(SLOPE, 160), s, v128.load(SLOPE, 176));
  p = madd(p, s, v128.load(SLOPE, 96));
  q = madd(q, s, v128.load(SLOPE, 192));
  p = madd(p, s, v128.load(SLOPE, 112));
  q = madd(q, s, v128.load(SLOPE, 208));
  p = madd(p, s, v128.load(SLOPE, 128));
  q = madd(q, s, v128.load(SLOPE, 224));
  p = madd(p, s, v128.load(SLOPE, 144));
  q = madd(q, s, v128.load(SLOPE));
  return f32x4.add(f32x4.div(f32x4.mul(x, p), q), v128.load(SLOPE, 16));
}

/** Of {@link gelu}, likewise. */
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
  const one = v128.load(SLOPE);
  return madd(f32x4.mul(f32x4.mul(z, s), f32x4.sub(one, s)), inner, s);
}

/** act′(z) */
// @inline
export function slope(z: v128, kind: i32): v128 {
  const one = v128.load(SLOPE);
  if (kind == 0) {
    const s = sigmoid4(z);
    return f32x4.mul(s, madd(z, f32x4.sub(one, s), one));
  }
  if (kind == 1) {
    const r = f32x4.max(z, f32x4.splat(0));
    return f32x4.add(r, r);
  }
  if (kind == 2) return geluSlope(z);
  if (kind == 3) {
    const square = f32x4.mul(z, z);
    const cube = f32x4.mul(square, f32x4.mul(z, f32x4.splat(0.044715)));
    const s = sigmoid4(f32x4.mul(f32x4.add(z, cube), f32x4.splat(1.5957691)));
    const inner = f32x4.mul(madd(square, f32x4.splat(0.134145), one), f32x4.splat(1.5957691));
    return slopeOf(s, z, inner);
  }
  return slopeOf(sigmoid4(f32x4.mul(z, f32x4.splat(1.702))), z, f32x4.splat(1.702));
}
