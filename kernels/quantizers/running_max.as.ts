// The running maximum of the absolute maxima of activations. The twin of running_max.wgsl. One unit.
// 0 peaks   1 range   2 step values   3 ROWS   4 COUNT   5 TRAINING
import { integer, pointer } from "../shared/simd.as";
import { ACTIVATION_MOMENTUM } from "../shared/step.as";

export function runningMax(args: usize, _begin: i32, _end: i32, _scratch: usize): void {
  const peaks = pointer(args, 0);
  const range = pointer(args, 1);
  const momentum = load<f32>(pointer(args, 2), ACTIVATION_MOMENTUM);
  const end = peaks + (<usize> integer(args, 3) << 2);
  // As integers the absolute values have the same order, and a NaN is above all.
  let largest = 0;
  for (let at = peaks; at < end; at += 4) largest = max(largest, load<i32>(at) & 0x7fffffff);
  const actual = reinterpret<f32>(largest);
  const before = load<f32>(range);
  const training = integer(args, 5) != 0;
  let running = training ? momentum * before + (<f32> 1 - momentum) * actual : before;
  if (before == 0) running = actual;
  if (training) store<f32>(range, running);
  store<f32>(range, actual, 4);
  store<f32>(range, running, 8);
  store<i32>(range, 0, 12);
  store<i32>(range, integer(args, 4), 16);
}
