// loss = Σ rowLosses / count of targets in 0..V−1. The twin of cross_entropy_mean.wgsl. One unit: all of it.
import { CrossEntropyMeanArguments } from "./arguments.as";
import { sumLanes } from "../shared/simd.as";

export function crossEntropyMean(
  args: CrossEntropyMeanArguments,
  _begin: i32,
  _end: i32,
  _scratch: usize,
): void {
  const rowLosses = args.rowLosses;
  const targets = args.targets;
  const N = args.N;
  const V = args.V;
  const limit = i32x4.splat(V);
  let sum4 = f32x4.splat(0);
  let counts = i32x4.splat(0);
  let i: usize = 0;
  for (; i + 16 <= <usize> N << 2; i += 16) {
    sum4 = f32x4.add(sum4, v128.load(rowLosses + i));
    counts = i32x4.sub(counts, i32x4.lt_u(v128.load(targets + i), limit));
  }
  let sum = sumLanes(sum4);
  let count = (i32x4.extract_lane(counts, 0) + i32x4.extract_lane(counts, 1)) +
    (i32x4.extract_lane(counts, 2) + i32x4.extract_lane(counts, 3));
  for (; i < <usize> N << 2; i += 4) {
    sum += load<f32>(rowLosses + i);
    count += i32(load<u32>(targets + i) < <u32> V);
  }
  store<f32>(args.loss, sum / <f32> max(count, 1));
  store<f32>(args.count, <f32> count);
}
