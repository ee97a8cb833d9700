// y = [y +] a [+ b], elementwise. The twin of add.wgsl. One unit per element.
import { AddArguments } from "./arguments.as";

// @inline
function sum4(a: usize, b: usize, y: usize, hasB: bool, accumulate: bool): v128 {
  let sum = v128.load(a);
  if (hasB) sum = f32x4.add(sum, v128.load(b));
  if (accumulate) sum = f32x4.add(sum, v128.load(y));
  return sum;
}

/** One loop per combination of flags, which are constants. */
// @inline
export function addAll(
  a: usize,
  b: usize,
  y: usize,
  count: i32,
  hasB: bool,
  accumulate: bool,
): void {
  const wide = y + (<usize> (count & -16) << 2);
  while (y < wide) {
    const s0 = sum4(a, b, y, hasB, accumulate);
    const s1 = sum4(a + 16, b + 16, y + 16, hasB, accumulate);
    const s2 = sum4(a + 32, b + 32, y + 32, hasB, accumulate);
    const s3 = sum4(a + 48, b + 48, y + 48, hasB, accumulate);
    v128.store(y, s0);
    v128.store(y, s1, 16);
    v128.store(y, s2, 32);
    v128.store(y, s3, 48);
    a += 64;
    b += 64;
    y += 64;
  }
  const end = y + (<usize> (count & 15) << 2);
  while (y < end) {
    let sum = load<f32>(a);
    if (hasB) sum += load<f32>(b);
    if (accumulate) sum += load<f32>(y);
    store<f32>(y, sum);
    a += 4;
    b += 4;
    y += 4;
  }
}

export function add(args: AddArguments, begin: i32, end: i32, _scratch: usize): void {
  const offset = <usize> begin << 2;
  const a = args.a + offset;
  const b = args.b + offset;
  const y = args.y + offset;
  const count = end - begin;
  if (args.HAS_B) {
    if (args.ACCUMULATE) addAll(a, b, y, count, true, true);
    else addAll(a, b, y, count, true, false);
  } else if (args.ACCUMULATE) addAll(a, b, y, count, false, true);
  else addAll(a, b, y, count, false, false);
}
