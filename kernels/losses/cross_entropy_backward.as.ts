// dlogits = dloss / count · (softmax − smoothed target), 0 in ignored rows. The twin of cross_entropy_backward.wgsl.
// One unit per row.
import { CrossEntropyBackwardArguments } from "./arguments.as";
import { exp4, storePart } from "../shared/simd.as";

// @inline
function gradient(logits: v128, maximum: v128, logSum: v128, wanted: v128, scale: v128): v128 {
  const p = exp4(f32x4.sub(f32x4.sub(logits, maximum), logSum));
  return f32x4.mul(f32x4.sub(p, wanted), scale);
}

export function crossEntropyBackward(
  args: CrossEntropyBackwardArguments,
  begin: i32,
  end: i32,
  _scratch: usize,
): void {
  const V = args.V;
  const smoothing = args.SMOOTHING;
  const rowBytes = <usize> V << 2;
  const wholeBytes = <usize> (V & -4) << 2;
  const spread = f32x4.splat(smoothing / <f32> V);
  const wanted = f32x4.splat(1 - smoothing + smoothing / <f32> V);
  const scale = f32x4.splat(load<f32>(args.dloss) / load<f32>(args.count));
  for (let n = begin; n < end; n++) {
    const x = args.logits + <usize> n * rowBytes;
    const dx = args.dlogits + <usize> n * rowBytes;
    const target = load<u32>(args.targets + (<usize> n << 2));
    if (target >= <u32> V) {
      memory.fill(dx, 0, rowBytes);
      continue;
    }
    const normalizer = args.normalizer + (<usize> n << 3);
    const maximum = v128.load32_splat(normalizer);
    const logSum = v128.load32_splat(normalizer, 4);
    for (let i: usize = 0; i < wholeBytes; i += 16) {
      v128.store(dx + i, gradient(v128.load(x + i), maximum, logSum, spread, scale));
    }
    if ((V & 3) != 0) {
      const rest = gradient(v128.load(x + wholeBytes), maximum, logSum, spread, scale);
      storePart(dx + wholeBytes, rest, V & 3);
    }
    const at = <usize> target << 2;
    const there = gradient(v128.load32_splat(x + at), maximum, logSum, wanted, scale);
    store<f32>(dx + at, f32x4.extract_lane(there, 0));
  }
}
