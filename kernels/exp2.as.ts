// Powers of two, for exponentials whose argument comes with a factor log₂ e anyway, AssemblyScript.
import { madd } from "./simd.as";

/** Constants, each four times: loading one costs less than building it in a loop. */
const EXP2 = memory.data<f32>([
  12582912,
  12582912,
  12582912,
  12582912,
  1.535336188319500e-4,
  1.535336188319500e-4,
  1.535336188319500e-4,
  1.535336188319500e-4,
  1.339887440266574e-3,
  1.339887440266574e-3,
  1.339887440266574e-3,
  1.339887440266574e-3,
  9.618437357674640e-3,
  9.618437357674640e-3,
  9.618437357674640e-3,
  9.618437357674640e-3,
  5.550332471162809e-2,
  5.550332471162809e-2,
  5.550332471162809e-2,
  5.550332471162809e-2,
  2.402264791363012e-1,
  2.402264791363012e-1,
  2.402264791363012e-1,
  2.402264791363012e-1,
  6.931472028550421e-1,
  6.931472028550421e-1,
  6.931472028550421e-1,
  6.931472028550421e-1,
  1,
  1,
  1,
  1,
  -127,
  -127,
  -127,
  -127,
], 16);

/**
 * 2ˣ of four lanes, x ≤ 0: x = n + r, |r| ≤ 1/2, a polynomial for 2ʳ, then n added to its exponent bits.
 * Exactly 0 below −127. Relative error below 2e-7. NaN stays NaN.
 */
// @inline
export function exp2Lanes(x: v128): v128 {
  const magic = v128.load(EXP2);
  const bounded = f32x4.pmax(x, v128.load(EXP2, 128));
  // The low bits of n + 1.5·2^23 hold n.
  const shifted = f32x4.add(bounded, magic);
  const r = f32x4.sub(bounded, f32x4.sub(shifted, magic));
  let p = v128.load(EXP2, 16);
  p = madd(p, r, v128.load(EXP2, 32));
  p = madd(p, r, v128.load(EXP2, 48));
  p = madd(p, r, v128.load(EXP2, 64));
  p = madd(p, r, v128.load(EXP2, 80));
  p = madd(p, r, v128.load(EXP2, 96));
  p = madd(p, r, v128.load(EXP2, 112));
  return i32x4.add(p, i32x4.shl(shifted, 23));
}
