// dx = dy · act′(x), elementwise. The twin of activation_backward.wgsl. One unit per four elements.
import { ActivationBackwardArguments } from "./arguments.as";
import { slope } from "./parts/activation_functions.as";
import { storePart } from "../shared/simd.as";

// @inline
function each(args: ActivationBackwardArguments, begin: i32, end: i32, kind: i32): void {
  const x = args.x;
  const dy = args.dy;
  const dx = args.dx;
  const count = args.COUNT;
  let i = <usize> begin << 4;
  const whole = <usize> min(end, count >> 2) << 4;
  for (; i < whole; i += 16) {
    v128.store(dx + i, f32x4.mul(v128.load(dy + i), slope(v128.load(x + i), kind)));
  }
  if (i < <usize> end << 4) {
    storePart(dx + i, f32x4.mul(v128.load(dy + i), slope(v128.load(x + i), kind)), count & 3);
  }
}

export function activationBackward(
  args: ActivationBackwardArguments,
  begin: i32,
  end: i32,
  _scratch: usize,
): void {
  const kind = args.KIND;
  if (kind == 0) each(args, begin, end, 0);
  else if (kind == 1) each(args, begin, end, 1);
  else if (kind == 2) each(args, begin, end, 2);
  else if (kind == 3) each(args, begin, end, 3);
  else each(args, begin, end, 4);
}
