// dlogits = dloss / N · (mass · softmax − wanted). The twin of soft_cross_entropy_backward.wgsl. One unit per row.
import { SoftCrossEntropyBackwardArguments } from "./arguments.as";
import { exp4, storePart } from "../shared/simd.as";

export function softCrossEntropyBackward(
  args: SoftCrossEntropyBackwardArguments,
  begin: i32,
  end: i32,
  _scratch: usize,
): void {
  const V = args.V;
  const rowBytes = <usize> V << 2;
  const scale = f32x4.splat(load<f32>(args.dloss) / <f32> args.N);
  for (let n = begin; n < end; n++) {
    const x = args.logits + <usize> n * rowBytes;
    const wanted = args.wanted + <usize> n * rowBytes;
    const dx = args.dlogits + <usize> n * rowBytes;
    const saved = args.saved + 12 * <usize> n;
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
