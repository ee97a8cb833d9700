// dx = dy · act′(x), elementwise. The twin of activation_backward.wgsl. One unit per four elements.
// 0 x   1 dy   2 dx   3 COUNT   4 KIND
import { slope } from "./functions.as";
import { integer, pointer, storePart } from "../shared/simd.as";

// @inline
function each(args: usize, begin: i32, end: i32, kind: i32): void {
  const x = pointer(args, 0);
  const dy = pointer(args, 1);
  const dx = pointer(args, 2);
  const count = integer(args, 3);
  let i = <usize> begin << 4;
  const whole = <usize> min(end, count >> 2) << 4;
  for (; i < whole; i += 16) {
    v128.store(dx + i, f32x4.mul(v128.load(dy + i), slope(v128.load(x + i), kind)));
  }
  if (i < <usize> end << 4) {
    storePart(dx + i, f32x4.mul(v128.load(dy + i), slope(v128.load(x + i), kind)), count & 3);
  }
}

export function activationBackward(args: usize, begin: i32, end: i32, _scratch: usize): void {
  const kind = integer(args, 4);
  if (kind == 0) each(args, begin, end, 0);
  else if (kind == 1) each(args, begin, end, 1);
  else if (kind == 2) each(args, begin, end, 2);
  else if (kind == 3) each(args, begin, end, 3);
  else each(args, begin, end, 4);
}
