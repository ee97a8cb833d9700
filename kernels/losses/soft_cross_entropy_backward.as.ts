// dlogits = dloss / N · (mass · softmax − wanted). The twin of soft_cross_entropy_backward.wgsl. One unit per row.
// 0 logits   1 wanted   2 saved   3 dloss   4 dlogits   5 N   6 V
import { exp4, integer, pointer, storePart } from "../shared/simd.as";

export function softCrossEntropyBackward(
  args: usize,
  begin: i32,
  end: i32,
  _scratch: usize,
): void {
  const V = integer(args, 6);
  const rowBytes = <usize> V << 2;
  const scale = f32x4.splat(load<f32>(pointer(args, 3)) / <f32> integer(args, 5));
  for (let n = begin; n < end; n++) {
    const x = pointer(args, 0) + <usize> n * rowBytes;
    const wanted = pointer(args, 1) + <usize> n * rowBytes;
    const dx = pointer(args, 4) + <usize> n * rowBytes;
    const saved = pointer(args, 2) + 12 * <usize> n;
    const maximum = v128.load32_splat(saved);
    const logSum = v128.load32_splat(saved, 4);
    const mass = v128.load32_splat(saved, 8);
    for (let v = 0; v < V; v += 4) {
      const i = <usize> v << 2;
      const p = exp4(f32x4.sub(f32x4.sub(v128.load(x + i), maximum), logSum));
      const gradient = f32x4.mul(f32x4.sub(f32x4.mul(mass, p), v128.load(wanted + i)), scale);
      if (v + 4 <= V) v128.store(dx + i, gradient);
      else storePart(dx + i, gradient, V - v);
    }
  }
}
