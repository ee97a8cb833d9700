// y[i] = x[i] + b[i mod PERIOD], elementwise. The twin of broadcast_add.wgsl. One unit per PERIOD elements.
// 0 x   1 b   2 y   3 PERIOD
import { addAll } from "./add.as";
import { integer, pointer } from "../shared/simd.as";

export function broadcastAdd(args: usize, begin: i32, end: i32, _scratch: usize): void {
  const b = pointer(args, 1);
  const period = integer(args, 3);
  const bytes = <usize> period << 2;
  for (let unit = begin; unit < end; unit++) {
    const offset = <usize> unit * bytes;
    addAll(pointer(args, 0) + offset, b, pointer(args, 2) + offset, period, true, false);
  }
}
