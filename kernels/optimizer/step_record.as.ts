// The norm of all gradients, and the record of the step. The twin of step_record.wgsl. One unit.
import { StepRecordArguments } from "./arguments.as";
import { sumLanes } from "../shared/simd.as";
import { STEP } from "../shared/step.as";

function gradientNorm(partials: usize, count: i32): f32 {
  let sum = f32x4.splat(0);
  let i = 0;
  for (; i + 4 <= count; i += 4) sum = f32x4.add(sum, v128.load(partials + (<usize> i << 2)));
  let rest: f32 = 0;
  for (; i < count; i++) rest += load<f32>(partials + (<usize> i << 2));
  return sqrt(sumLanes(sum) + rest);
}

export function stepRecord(
  args: StepRecordArguments,
  _begin: i32,
  _end: i32,
  _scratch: usize,
): void {
  const norm = gradientNorm(args.partials, args.PARTIALS);
  store<f32>(args.norm, norm);
  const losses = args.losses;
  const microBatches = args.MICRO_BATCHES;
  let loss: f32 = 0;
  for (let i = 0; i < microBatches; i++) {
    loss += load<f32>(losses + (<usize> (i * args.LOSS_STRIDE) << 2));
  }
  const step = load<u32>(args.step, STEP);
  const to = args.history + (<usize> ((step - 1) % <u32> args.HISTORY) << 3);
  store<f32>(to, loss / <f32> microBatches);
  store<f32>(to, norm, 4);
}
