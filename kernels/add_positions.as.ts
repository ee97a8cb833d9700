// A sequence from patches: class token in front, positions added. The twin of add_positions.wgsl. One unit per sequence.
// 0 x   1 positions   2 token or 0   3 y   4 T   5 C   6 CLASS
import { integer, pointer } from "./simd.as";

/** y = a + b, of `bytes` bytes. */
function addRow(a: usize, b: usize, y: usize, bytes: usize): void {
  const wide = bytes & ~31;
  let i: usize = 0;
  for (; i < wide; i += 32) {
    v128.store(y + i, f32x4.add(v128.load(a + i), v128.load(b + i)));
    v128.store(y + i, f32x4.add(v128.load(a + i, 16), v128.load(b + i, 16)), 16);
  }
  for (; i < bytes; i += 4) store<f32>(y + i, load<f32>(a + i) + load<f32>(b + i));
}

export function addPositions(args: usize, begin: i32, end: i32, _scratch: usize): void {
  const positions = pointer(args, 1);
  const rowBytes = <usize> integer(args, 5) << 2;
  const tokenBytes = <usize> integer(args, 6) * rowBytes;
  const sequenceBytes = <usize> integer(args, 4) * rowBytes;
  const patchBytes = sequenceBytes - tokenBytes;
  for (let b = begin; b < end; b++) {
    const y = pointer(args, 3) + <usize> b * sequenceBytes;
    const x = pointer(args, 0) + <usize> b * patchBytes;
    if (tokenBytes > 0) addRow(pointer(args, 2), positions, y, tokenBytes);
    addRow(x, positions + tokenBytes, y + tokenBytes, patchBytes);
  }
}
