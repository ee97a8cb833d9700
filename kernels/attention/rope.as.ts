// y = x with the first ROTATED of HEADS heads rotated by position. The twin of rope.wgsl. One unit per token,
// so that all heads of it use the same row of the table while it is in the cache.
import { RopeArguments } from "./arguments.as";
import { madd } from "../shared/simd.as";

export function rope(args: RopeArguments, begin: i32, end: i32, _scratch: usize): void {
  const T = args.T;
  const heads = args.HEADS;
  const rotated = args.ROTATED;
  const half = args.HALF;
  const sign: f32 = args.INVERSE ? -1 : 1;
  const signs = f32x4.splat(sign);
  const halfBytes = <usize> half << 2;
  const tokenBytes = (<usize> heads * halfBytes) << 1;
  const copiedBytes = (<usize> (heads - rotated) * halfBytes) << 1;
  for (let token = begin; token < end; token++) {
    const table = args.table + <usize> (token % T) * 2 * halfBytes;
    let x = args.x + <usize> token * tokenBytes;
    let y = args.y + <usize> token * tokenBytes;
    for (let head = 0; head < rotated; head++) {
      let angle = table;
      let j = 0;
      for (; j + 4 <= half; j += 4) {
        const low = v128.load(angle);
        const high = v128.load(angle, 16);
        const cos = v128.shuffle<f32>(low, high, 0, 2, 4, 6);
        const sin = f32x4.mul(v128.shuffle<f32>(low, high, 1, 3, 5, 7), signs);
        const a = v128.load(x);
        const b = v128.load(x + halfBytes);
        v128.store(y, f32x4.sub(f32x4.mul(a, cos), f32x4.mul(b, sin)));
        v128.store(y + halfBytes, madd(b, cos, f32x4.mul(a, sin)));
        x += 16;
        y += 16;
        angle += 32;
      }
      for (; j < half; j++) {
        const cos = load<f32>(angle);
        const sin = load<f32>(angle, 4) * sign;
        const a = load<f32>(x);
        const b = load<f32>(x + halfBytes);
        store<f32>(y, a * cos - b * sin);
        store<f32>(y + halfBytes, b * cos + a * sin);
        x += 4;
        y += 4;
        angle += 8;
      }
      x += halfBytes;
      y += halfBytes;
    }
    memory.copy(y, x, copiedBytes);
  }
}
