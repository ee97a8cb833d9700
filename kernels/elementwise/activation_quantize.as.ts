// act(x) of every row, and quantization of it. The twin of activation_quantize.wgsl. One unit per row: act(x) into this
// thread's scratch, then its codes.
import { ActivationQuantizeArguments } from "./arguments.as";
import { activate } from "./parts/activation_functions.as";
import { quantizeRow } from "../quantizers/parts/quantize_row.as";
import { lanesBelow, magnitude, privateScratch } from "../shared/simd.as";

// @inline
function rows(
  args: ActivationQuantizeArguments,
  begin: i32,
  end: i32,
  scratch: usize,
  kind: i32,
): void {
  const D = args.D;
  const rowBytes = <usize> D << 2;
  const words = (D + 3) >> 2;
  const fullBytes = <usize> (D >> 2) << 4;
  const rest = D & 3;
  const row = privateScratch(scratch, 0, <usize> words << 4);
  const size = magnitude();
  for (let unit = begin; unit < end; unit++) {
    const x = args.x + <usize> unit * rowBytes;
    // As integers the absolute values have the same order, and a NaN is above all.
    let peaks = i32x4.splat(0);
    for (let i: usize = 0; i < fullBytes; i += 16) {
      const value = activate(v128.load(x + i), kind);
      v128.store(row + i, value);
      peaks = i32x4.max_s(peaks, v128.and(value, size));
    }
    if (rest > 0) {
      const value = v128.and(activate(v128.load(x + fullBytes), kind), lanesBelow(rest));
      v128.store(row + fullBytes, value);
      peaks = i32x4.max_s(peaks, v128.and(value, size));
    }
    const codes = args.codes + <usize> unit * (<usize> words << 2);
    quantizeRow(row, words, peaks, args.BITS, codes, args.scales + (<usize> unit << 2));
  }
}

export function activationQuantize(
  args: ActivationQuantizeArguments,
  begin: i32,
  end: i32,
  scratch: usize,
): void {
  const kind = args.KIND;
  if (kind == 0) rows(args, begin, end, scratch, 0);
  else if (kind == 1) rows(args, begin, end, scratch, 1);
  else if (kind == 2) rows(args, begin, end, scratch, 2);
  else if (kind == 3) rows(args, begin, end, scratch, 3);
  else rows(args, begin, end, scratch, 4);
}
