// Cross entropy with wanted probabilities. The twin of soft_cross_entropy.wgsl. One unit per row.
import { SoftCrossEntropyArguments } from "./arguments.as";
import { exp4, lanesBelow, maxLanes, sumLanes } from "../shared/simd.as";

const LOWEST: f32 = -3.4e38;

export function softCrossEntropy(
  args: SoftCrossEntropyArguments,
  begin: i32,
  end: i32,
  _scratch: usize,
): void {
  const N = args.N;
  const V = args.V;
  const rowBytes = <usize> V << 2;
  const wholeBytes = <usize> (V & -4) << 2;
  const rest = V & 3;
  const inside = lanesBelow(rest);
  for (let n = begin; n < end; n++) {
    const x = args.logits + <usize> n * rowBytes;
    const wanted = args.wanted + <usize> n * rowBytes;
    // pmax is one instruction; it passes over NaN, which the exponentials do not.
    let top = f32x4.splat(LOWEST);
    let masses = f32x4.splat(0);
    let products = f32x4.splat(0);
    for (let i: usize = 0; i < wholeBytes; i += 16) {
      const v = v128.load(x + i);
      const p = v128.load(wanted + i);
      top = f32x4.pmax(top, v);
      masses = f32x4.add(masses, p);
      products = f32x4.add(products, f32x4.mul(p, v));
    }
    if (rest > 0) {
      const v = v128.load(x + wholeBytes);
      const p = v128.and(v128.load(wanted + wholeBytes), inside);
      top = f32x4.pmax(top, v128.bitselect(v, top, inside));
      masses = f32x4.add(masses, p);
      products = f32x4.add(products, v128.and(f32x4.mul(p, v), inside));
    }
    const maximum = maxLanes(top);
    const shift = f32x4.splat(maximum);
    let sums = f32x4.splat(0);
    for (let i: usize = 0; i < wholeBytes; i += 16) {
      sums = f32x4.add(sums, exp4(f32x4.sub(v128.load(x + i), shift)));
    }
    if (rest > 0) {
      sums = f32x4.add(sums, v128.and(exp4(f32x4.sub(v128.load(x + wholeBytes), shift)), inside));
    }
    const logSum = <f32> NativeMath.log(<f64> sumLanes(sums));
    const mass = sumLanes(masses);
    const saved = args.saved + 12 * <usize> n;
    store<f32>(saved, maximum);
    store<f32>(saved, logSum, 4);
    store<f32>(saved, mass, 8);
    const loss = mass * logSum + (mass * maximum - sumLanes(products));
    store<f32>(args.parts + (<usize> n << 2), loss / <f32> N);
  }
}
