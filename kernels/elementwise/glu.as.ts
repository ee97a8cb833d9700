// y[m, f] = act(x[m, f]) · x[m, F + f]. The twin of glu.wgsl. One unit per row.
// 0 x   1 y   2 M   3 F   4 KIND
import { activate } from "./functions.as";
import { integer, pointer, storePart } from "../shared/simd.as";

// @inline
function gated(gates: usize, values: usize, kind: i32): v128 {
  return f32x4.mul(activate(v128.load(gates), kind), v128.load(values));
}

// @inline
function rows(args: usize, begin: i32, end: i32, kind: i32): void {
  const F = integer(args, 3);
  const half = <usize> F << 2;
  const whole = <usize> (F & -4) << 2;
  for (let m = begin; m < end; m++) {
    const gates = pointer(args, 0) + <usize> m * 2 * half;
    const values = gates + half;
    const y = pointer(args, 1) + <usize> m * half;
    for (let i: usize = 0; i < whole; i += 16) {
      v128.store(y + i, gated(gates + i, values + i, kind));
    }
    if ((F & 3) != 0) storePart(y + whole, gated(gates + whole, values + whole, kind), F & 3);
  }
}

export function glu(args: usize, begin: i32, end: i32, _scratch: usize): void {
  if (integer(args, 4) == 0) rows(args, begin, end, 0);
  else rows(args, begin, end, 1);
}
