// y[i] = x[i] + b[i mod PERIOD], elementwise. The twin of broadcast_add.wgsl. One unit per PERIOD elements.
// 0 x   1 b   2 y   3 PERIOD
import { integer, pointer } from "./simd.as";

export function broadcastAdd(args: usize, begin: i32, end: i32, _scratch: usize): void {
  const b = pointer(args, 1);
  const period = integer(args, 3);
  const bytes = <usize> period << 2;
  const wideBytes = <usize> (period & -8) << 2;
  for (let unit = begin; unit < end; unit++) {
    const x = pointer(args, 0) + <usize> unit * bytes;
    const y = pointer(args, 2) + <usize> unit * bytes;
    let i: usize = 0;
    for (; i < wideBytes; i += 32) {
      v128.store(y + i, f32x4.add(v128.load(x + i), v128.load(b + i)));
      v128.store(y + i, f32x4.add(v128.load(x + i, 16), v128.load(b + i, 16)), 16);
    }
    for (; i < bytes; i += 4) store<f32>(y + i, load<f32>(x + i) + load<f32>(b + i));
  }
}
