// y[m, f] = act(x[m, f]) · x[m, F + f]. The twin of glu.wgsl. One unit per row.
import { GluArguments } from "./arguments.as";
import { activate } from "./parts/activation_functions.as";
import { storePart } from "../shared/simd.as";

// @inline
function gated(gates: usize, values: usize, kind: i32): v128 {
  return f32x4.mul(activate(v128.load(gates), kind), v128.load(values));
}

// @inline
function rows(args: GluArguments, begin: i32, end: i32, kind: i32): void {
  const F = args.F;
  const half = <usize> F << 2;
  const whole = <usize> (F & -4) << 2;
  for (let m = begin; m < end; m++) {
    const gates = args.x + <usize> m * 2 * half;
    const values = gates + half;
    const y = args.y + <usize> m * half;
    for (let i: usize = 0; i < whole; i += 16) {
      v128.store(y + i, gated(gates + i, values + i, kind));
    }
    if ((F & 3) != 0) storePart(y + whole, gated(gates + whole, values + whole, kind), F & 3);
  }
}

export function glu(args: GluArguments, begin: i32, end: i32, _scratch: usize): void {
  if (args.KIND == 0) rows(args, begin, end, 0);
  else rows(args, begin, end, 1);
}
