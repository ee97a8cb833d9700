// Gradients of add_positions. The twin of add_positions_backward.wgsl. One unit per WIDTH elements of a sequence, which
// pass through the batch.
// 0 dy   1 dx   2 dpositions   3 dtoken   4 B   5 T   6 C   7 CLASS   8 ACCUMULATE_POSITIONS   9 ACCUMULATE_TOKEN
import { integer, pointer } from "./simd.as";

/** A cache line; as in src/device/cpu/kernels.ts. */
const WIDTH = 16;

export function addPositionsBackward(args: usize, begin: i32, end: i32, _scratch: usize): void {
  const length = integer(args, 5) * integer(args, 6);
  const tokenLength = integer(args, 7) * integer(args, 6);
  for (let first = begin * WIDTH; first < min(end * WIDTH, length); first += WIDTH) {
    const last = min(first + WIDTH, length);
    if (first >= tokenLength && last == first + WIDTH) {
      wholeLine(args, first, length, tokenLength);
      continue;
    }
    for (let i = first; i < last; i++) oneElement(args, i, length, tokenLength);
  }
}

/** WIDTH elements of the patches. */
function wholeLine(args: usize, first: i32, length: i32, tokenLength: i32): void {
  const sequenceBytes = <usize> length << 2;
  const patchBytes = <usize> (length - tokenLength) << 2;
  let dy = pointer(args, 0) + (<usize> first << 2);
  let dx = pointer(args, 1) + (<usize> (first - tokenLength) << 2);
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  for (let row = integer(args, 4); row > 0; row--) {
    const a1 = v128.load(dy);
    const b1 = v128.load(dy, 16);
    const c1 = v128.load(dy, 32);
    const d1 = v128.load(dy, 48);
    v128.store(dx, a1);
    v128.store(dx, b1, 16);
    v128.store(dx, c1, 32);
    v128.store(dx, d1, 48);
    a = f32x4.add(a, a1);
    b = f32x4.add(b, b1);
    c = f32x4.add(c, c1);
    d = f32x4.add(d, d1);
    dy += sequenceBytes;
    dx += patchBytes;
  }
  const to = pointer(args, 2) + (<usize> first << 2);
  if (integer(args, 8) != 0) {
    a = f32x4.add(a, v128.load(to));
    b = f32x4.add(b, v128.load(to, 16));
    c = f32x4.add(c, v128.load(to, 32));
    d = f32x4.add(d, v128.load(to, 48));
  }
  v128.store(to, a);
  v128.store(to, b, 16);
  v128.store(to, c, 32);
  v128.store(to, d, 48);
}

/** One element, of the token or of a patch. */
function oneElement(args: usize, i: i32, length: i32, tokenLength: i32): void {
  const offset = <usize> i << 2;
  const isToken = i < tokenLength;
  let sum: f32 = 0;
  for (let row = 0; row < integer(args, 4); row++) {
    const value = load<f32>(pointer(args, 0) + (<usize> row * length << 2) + offset);
    sum += value;
    if (isToken) continue;
    const patch = row * (length - tokenLength) + i - tokenLength;
    store<f32>(pointer(args, 1) + (<usize> patch << 2), value);
  }
  const position = pointer(args, 2) + offset;
  store<f32>(position, integer(args, 8) != 0 ? sum + load<f32>(position) : sum);
  if (!isToken) return;
  const token = pointer(args, 3) + offset;
  store<f32>(token, integer(args, 9) != 0 ? sum + load<f32>(token) : sum);
}
