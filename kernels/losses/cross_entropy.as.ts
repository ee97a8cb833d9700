// Loss, hit and softmax normalizer of each row. The twin of cross_entropy.wgsl. One unit per row: its maximum, then
// its sum of exponentials; the row stays in the cache between the two.
import { CrossEntropyArguments } from "./arguments.as";
import { exp4, lanesBelow, maxLanes, sumLanes } from "../shared/simd.as";

const LOWEST: f32 = -3.4e38;

export function crossEntropy(
  args: CrossEntropyArguments,
  begin: i32,
  end: i32,
  _scratch: usize,
): void {
  const V = args.V;
  const smoothing = args.SMOOTHING;
  const rowBytes = <usize> V << 2;
  const wholeBytes = <usize> (V & -4) << 2;
  const inside = lanesBelow(V & 3);
  const lowest = f32x4.splat(LOWEST);
  for (let n = begin; n < end; n++) {
    const x = args.logits + <usize> n * rowBytes;
    const stop = x + wholeBytes;
    // pmax is one instruction; it passes over NaN, which the exponentials do not.
    let top = lowest;
    let top2 = lowest;
    let total = f32x4.splat(0);
    let at = x;
    for (; at + 32 <= stop; at += 32) {
      const v = v128.load(at);
      const w = v128.load(at, 16);
      top = f32x4.pmax(top, v);
      top2 = f32x4.pmax(top2, w);
      total = f32x4.add(total, f32x4.add(v, w));
    }
    if (at < stop) {
      const v = v128.load(at);
      top = f32x4.pmax(top, v);
      total = f32x4.add(total, v);
    }
    if ((V & 3) != 0) {
      const v = v128.load(stop);
      top2 = f32x4.pmax(top2, v128.bitselect(v, lowest, inside));
      total = f32x4.add(total, v128.and(v, inside));
    }
    top = f32x4.pmax(top, top2);
    const maximum = maxLanes(top);
    const shift = f32x4.splat(maximum);
    let sum = f32x4.splat(0);
    let sum2 = sum;
    at = x;
    for (; at + 32 <= stop; at += 32) {
      sum = f32x4.add(sum, exp4(f32x4.sub(v128.load(at), shift)));
      sum2 = f32x4.add(sum2, exp4(f32x4.sub(v128.load(at, 16), shift)));
    }
    if (at < stop) sum = f32x4.add(sum, exp4(f32x4.sub(v128.load(at), shift)));
    if ((V & 3) != 0) {
      sum2 = f32x4.add(sum2, v128.and(exp4(f32x4.sub(v128.load(stop), shift)), inside));
    }
    const logSum = <f32> NativeMath.log(<f64> sumLanes(f32x4.add(sum, sum2)));
    const normalizer = args.normalizer + (<usize> n << 3);
    store<f32>(normalizer, maximum);
    store<f32>(normalizer, logSum, 4);

    const target = load<u32>(args.targets + (<usize> n << 2));
    let loss: f32 = 0;
    let hit: f32 = 0;
    if (target < <u32> V) {
      const logit = load<f32>(x + (<usize> target << 2));
      loss = (1 - smoothing) * (logSum + (maximum - logit));
      if (smoothing > 0) loss += smoothing * (logSum + (maximum - sumLanes(total) / <f32> V));
      if (logit == maximum && !occursBefore(x, target, maximum)) hit = 1;
    }
    store<f32>(args.rowLosses + (<usize> n << 2), loss);
    store<f32>(args.correct + (<usize> n << 2), hit);
  }
}

/** Whether one of the first `count` values at `x` is `value`: of equal logits the first counts as chosen. */
function occursBefore(x: usize, count: u32, value: f32): bool {
  for (let i: u32 = 0; i < count; i++) {
    if (load<f32>(x + (<usize> i << 2)) == value) return true;
  }
  return false;
}
