// AdamW with gradient clipping, one pass over the flat buffers. The twin of adamw.wgsl. One unit per element.
// Nothing changes if the norm is not finite.
import { AdamwArguments } from "./arguments.as";
import { isFinite32, madd } from "../shared/simd.as";

// Where the step values have the optimizer's scalars, in bytes.
const LEARNING_RATE: usize = 16;
const WEIGHT_DECAY: usize = 20;
const BETA1: usize = 24;
const BETA2: usize = 28;
const EPSILON: usize = 32;
const CLIP: usize = 36;
const CORRECTION1: usize = 40;
const CORRECTION2: usize = 44;

/** Elements `begin` to `end`, whose weights shrink by the factor `keep`. */
function update(args: AdamwArguments, begin: i32, end: i32, norm: f32, keep: f32): void {
  const values = args.step;
  const beta1 = load<f32>(values, BETA1);
  const beta2 = load<f32>(values, BETA2);
  const clip = load<f32>(values, CLIP);
  let scale: f32 = 1;
  if (clip > 0) scale = min(<f32> 1, clip / (norm + <f32> 1e-6));
  const clipping = f32x4.splat(scale);
  const keepFirst = f32x4.splat(beta1);
  const takeFirst = f32x4.splat(1 - beta1);
  const keepSecond = f32x4.splat(beta2);
  const takeSecond = f32x4.splat(1 - beta2);
  const keepWeight = f32x4.splat(keep);
  const rate = f32x4.splat(-load<f32>(values, LEARNING_RATE) / load<f32>(values, CORRECTION1));
  const unbias = f32x4.splat(1 / load<f32>(values, CORRECTION2));
  const epsilon = f32x4.splat(load<f32>(values, EPSILON));
  const gradients = args.gradients;
  const parameters = args.parameters;
  const first = args.first;
  const second = args.second;
  const stop = <usize> end << 2;
  for (let i = <usize> begin << 2; i < stop; i += 16) {
    const g = f32x4.mul(v128.load(gradients + i), clipping);
    const m = madd(keepFirst, v128.load(first + i), f32x4.mul(takeFirst, g));
    const v = madd(keepSecond, v128.load(second + i), f32x4.mul(takeSecond, f32x4.mul(g, g)));
    const root = f32x4.add(f32x4.sqrt(f32x4.mul(v, unbias)), epsilon);
    const p = f32x4.mul(v128.load(parameters + i), keepWeight);
    v128.store(parameters + i, f32x4.add(p, f32x4.div(f32x4.mul(rate, m), root)));
    v128.store(first + i, m);
    v128.store(second + i, v);
  }
}

export function adamw(args: AdamwArguments, begin: i32, end: i32, _scratch: usize): void {
  const norm = load<f32>(args.norm);
  if (!isFinite32(norm)) return;
  const values = args.step;
  const decayEnd = max(begin, min(end, args.DECAY_COUNT));
  const keep: f32 = 1 - load<f32>(values, LEARNING_RATE) * load<f32>(values, WEIGHT_DECAY);
  if (begin < decayEnd) update(args, begin, decayEnd, norm, keep);
  if (decayEnd < end) update(args, decayEnd, end, norm, 1);
}
