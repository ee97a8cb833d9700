// The most bytes that threads move: y = x. The twin of ceiling_copy.wgsl. One unit per vector of four.
import { CeilingCopyArguments } from "./arguments.as";

export function ceilingCopy(
  args: CeilingCopyArguments,
  begin: i32,
  end: i32,
  _scratch: usize,
): void {
  let x = args.x + (<usize> begin << 4);
  let y = args.y + (<usize> begin << 4);
  const stop = y + (<usize> (end - begin) << 4);
  for (; y + 64 <= stop; y += 64) {
    const a = v128.load(x);
    const b = v128.load(x, 16);
    const c = v128.load(x, 32);
    const d = v128.load(x, 48);
    v128.store(y, a);
    v128.store(y, b, 16);
    v128.store(y, c, 32);
    v128.store(y, d, 48);
    x += 64;
  }
  for (; y < stop; y += 16) {
    v128.store(y, v128.load(x));
    x += 16;
  }
}
