// Partial sums of squares: partials[i] = Σ g² over the blocks of 1024 elements i, i + 256, … The twin of
// gradient_norm.wgsl. One unit per partial sum; a chunk takes neighboring blocks, so that it reads in order.
import { GradientNormArguments } from "./arguments.as";
import { madd, sumLanes } from "../shared/simd.as";

const BLOCK: i32 = 1024;
const PARTIALS: i32 = 256;

export function gradientNorm(
  args: GradientNormArguments,
  begin: i32,
  end: i32,
  _scratch: usize,
): void {
  const gradients = args.gradients;
  const partials = args.partials;
  const count = args.COUNT;
  memory.fill(partials + (<usize> begin << 2), 0, <usize> (end - begin) << 2);
  for (let round = 0; round < count; round += PARTIALS * BLOCK) {
    for (let i = begin; i < end; i++) {
      const first = round + i * BLOCK;
      if (first >= count) break;
      let g = gradients + (<usize> first << 2);
      const stop = gradients + (<usize> min(first + BLOCK, count) << 2);
      let s0 = f32x4.splat(0);
      let s1 = s0;
      let s2 = s0;
      let s3 = s0;
      for (; g + 64 <= stop; g += 64) {
        const a = v128.load(g);
        const b = v128.load(g, 16);
        const c = v128.load(g, 32);
        const d = v128.load(g, 48);
        s0 = madd(a, a, s0);
        s1 = madd(b, b, s1);
        s2 = madd(c, c, s2);
        s3 = madd(d, d, s3);
      }
      for (; g < stop; g += 16) s0 = madd(v128.load(g), v128.load(g), s0);
      const sum = sumLanes(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
      const to = partials + (<usize> i << 2);
      store<f32>(to, load<f32>(to) + sum);
    }
  }
}
