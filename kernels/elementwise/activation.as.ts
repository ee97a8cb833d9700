// y = act(x), elementwise. The twin of activation.wgsl. One unit per four elements.
import { ActivationArguments } from "./arguments.as";
import { activate } from "./parts/activation_functions.as";
import { storePart } from "../shared/simd.as";

// @inline
function each(x: usize, y: usize, begin: i32, end: i32, count: i32, kind: i32): void {
  let i = <usize> begin << 4;
  const whole = <usize> min(end, count >> 2) << 4;
  for (; i < whole; i += 16) v128.store(y + i, activate(v128.load(x + i), kind));
  if (i < <usize> end << 4) storePart(y + i, activate(v128.load(x + i), kind), count & 3);
}

export function activation(args: ActivationArguments, begin: i32, end: i32, _scratch: usize): void {
  const x = args.x;
  const y = args.y;
  const count = args.COUNT;
  const kind = args.KIND;
  if (kind == 0) each(x, y, begin, end, count, 0);
  else if (kind == 1) each(x, y, begin, end, count, 1);
  else if (kind == 2) each(x, y, begin, end, count, 2);
  else if (kind == 3) each(x, y, begin, end, count, 3);
  else each(x, y, begin, end, count, 4);
}
