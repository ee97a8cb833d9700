// The running maximum of the absolute maxima of activations. The twin of running_max.wgsl. One unit.
import { RunningMaxArguments } from "./arguments.as";
import { ACTIVATION_MOMENTUM } from "../shared/step.as";

export function runningMax(
  args: RunningMaxArguments,
  _begin: i32,
  _end: i32,
  _scratch: usize,
): void {
  const peaks = args.peaks;
  const range = args.range;
  const momentum = load<f32>(args.step, ACTIVATION_MOMENTUM);
  const end = peaks + (<usize> args.ROWS << 2);
  // As integers the absolute values have the same order, and a NaN is above all.
  let largest = 0;
  for (let at = peaks; at < end; at += 4) largest = max(largest, load<i32>(at) & 0x7fffffff);
  const actual = reinterpret<f32>(largest);
  const before = load<f32>(range);
  const training = args.TRAINING;
  let running = training ? momentum * before + (<f32> 1 - momentum) * actual : before;
  if (before == 0) running = actual;
  if (training) store<f32>(range, running);
  store<f32>(range, actual, 4);
  store<f32>(range, running, 8);
  store<i32>(range, 0, 12);
  store<i32>(range, args.COUNT, 16);
}
