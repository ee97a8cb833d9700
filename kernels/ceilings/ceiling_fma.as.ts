// The most multiply-adds that threads reach: x ← x · a + b, 192 · ROUNDS per unit, in registers alone. The twin of
// ceiling_fma.wgsl. A unit is four lanes in three chains; four units at once are twelve chains, which hide the latency
// of one multiply-add and fit the sixteen registers.
import { CeilingFmaArguments } from "./arguments.as";
import { madd, sumLanes } from "../shared/simd.as";

export function ceilingFma(args: CeilingFmaArguments, begin: i32, end: i32, _scratch: usize): void {
  const operands = args.operands;
  const a = v128.load32_splat(operands);
  const b = v128.load32_splat(operands, 4);
  const rounds = args.ROUNDS << 4;
  for (let unit = begin; unit < end; unit += 4) {
    let x0 = f32x4.splat(<f32> unit + 0);
    let x1 = f32x4.splat(<f32> unit + 1);
    let x2 = f32x4.splat(<f32> unit + 2);
    let x3 = f32x4.splat(<f32> unit + 3);
    let x4 = f32x4.splat(<f32> unit + 4);
    let x5 = f32x4.splat(<f32> unit + 5);
    let x6 = f32x4.splat(<f32> unit + 6);
    let x7 = f32x4.splat(<f32> unit + 7);
    let x8 = f32x4.splat(<f32> unit + 8);
    let x9 = f32x4.splat(<f32> unit + 9);
    let x10 = f32x4.splat(<f32> unit + 10);
    let x11 = f32x4.splat(<f32> unit + 11);
    for (let round = 0; round < rounds; round++) {
      x0 = madd(x0, a, b);
      x1 = madd(x1, a, b);
      x2 = madd(x2, a, b);
      x3 = madd(x3, a, b);
      x4 = madd(x4, a, b);
      x5 = madd(x5, a, b);
      x6 = madd(x6, a, b);
      x7 = madd(x7, a, b);
      x8 = madd(x8, a, b);
      x9 = madd(x9, a, b);
      x10 = madd(x10, a, b);
      x11 = madd(x11, a, b);
    }
    x0 = f32x4.add(x0, x1);
    x0 = f32x4.add(x0, x2);
    x0 = f32x4.add(x0, x3);
    x0 = f32x4.add(x0, x4);
    x0 = f32x4.add(x0, x5);
    x0 = f32x4.add(x0, x6);
    x0 = f32x4.add(x0, x7);
    x0 = f32x4.add(x0, x8);
    x0 = f32x4.add(x0, x9);
    x0 = f32x4.add(x0, x10);
    x0 = f32x4.add(x0, x11);
    if (sumLanes(x0) == load<f32>(operands, 8)) v128.store(args.y, x0);
  }
}
