// dlogits = dloss / count · (softmax − smoothed target), 0 in ignored rows. The twin of cross_entropy_backward.wgsl.
// One unit per row.
// 0 logits   1 targets   2 normalizer   3 count   4 dloss   5 dlogits   6 N   7 V   8 SMOOTHING
import { exp4, integer, pointer, real, storePart } from "../shared/simd.as";

// @inline
function gradient(logits: v128, maximum: v128, logSum: v128, wanted: v128, scale: v128): v128 {
  const p = exp4(f32x4.sub(f32x4.sub(logits, maximum), logSum));
  return f32x4.mul(f32x4.sub(p, wanted), scale);
}

export function crossEntropyBackward(args: usize, begin: i32, end: i32, _scratch: usize): void {
  const V = integer(args, 7);
  const smoothing = real(args, 8);
  const rowBytes = <usize> V << 2;
  const wholeBytes = <usize> (V & -4) << 2;
  const spread = f32x4.splat(smoothing / <f32> V);
  const wanted = f32x4.splat(1 - smoothing + smoothing / <f32> V);
  const scale = f32x4.splat(load<f32>(pointer(args, 4)) / load<f32>(pointer(args, 3)));
  for (let n = begin; n < end; n++) {
    const x = pointer(args, 0) + <usize> n * rowBytes;
    const dx = pointer(args, 5) + <usize> n * rowBytes;
    const target = load<u32>(pointer(args, 1) + (<usize> n << 2));
    if (target >= <u32> V) {
      memory.fill(dx, 0, rowBytes);
      continue;
    }
    const normalizer = pointer(args, 2) + (<usize> n << 3);
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
