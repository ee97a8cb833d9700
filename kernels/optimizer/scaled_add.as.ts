// y ← βy + αx elementwise, if ‖g‖ is finite. The twin of scaled_add.wgsl. One unit per element.
import { ScaledAddArguments } from "./arguments.as";
import { isFinite32 } from "../shared/simd.as";

export function scaledAdd(args: ScaledAddArguments, begin: i32, end: i32, _scratch: usize): void {
  if (!isFinite32(load<f32>(args.norm))) return;
  const values = args.step;
  const alpha = f32x4.splat(load<f32>(values + (<usize> args.X_SCALAR << 2)));
  const beta = f32x4.splat(load<f32>(values + (<usize> args.Y_SCALAR << 2)));
  const x = args.x;
  const y = args.y;
  const stop = <usize> end << 2;
  for (let i = <usize> begin << 2; i < stop; i += 16) {
    const kept = f32x4.mul(v128.load(y + i), beta);
    v128.store(y + i, f32x4.add(kept, f32x4.mul(v128.load(x + i), alpha)));
  }
}
