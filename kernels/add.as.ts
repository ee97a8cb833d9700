// y = [y +] a [+ b], elementwise. The twin of add.wgsl. One unit per element.
// 0 a   1 b or 0   2 y   3 COUNT   4 HAS_B   5 ACCUMULATE
import { integer, pointer } from "./simd.as";

export function add(args: usize, begin: i32, end: i32, _scratch: usize): void {
  const hasB = integer(args, 4) != 0;
  const accumulate = integer(args, 5) != 0;
  const offset = <usize> begin << 2;
  let a = pointer(args, 0) + offset;
  let b = pointer(args, 1) + offset;
  let y = pointer(args, 2) + offset;
  let i = begin;
  for (; i + 4 <= end; i += 4) {
    let sum = v128.load(a);
    if (hasB) sum = f32x4.add(sum, v128.load(b));
    if (accumulate) sum = f32x4.add(sum, v128.load(y));
    v128.store(y, sum);
    a += 16;
    b += 16;
    y += 16;
  }
  for (; i < end; i++) {
    let sum = load<f32>(a);
    if (hasB) sum += load<f32>(b);
    if (accumulate) sum += load<f32>(y);
    store<f32>(y, sum);
    a += 4;
    b += 4;
    y += 4;
  }
}
