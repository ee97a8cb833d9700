// A sequence from patches: class token in front, positions added. The twin of add_positions.wgsl. One unit per sequence.
// 0 x   1 positions   2 token or 0   3 y   4 T   5 C   6 CLASS
import { addAll } from "../elementwise/add.as";
import { integer, pointer } from "../shared/simd.as";

export function addPositions(args: usize, begin: i32, end: i32, _scratch: usize): void {
  const positions = pointer(args, 1);
  const C = integer(args, 5);
  const token = integer(args, 6) * C;
  const patches = integer(args, 4) * C - token;
  const tokenBytes = <usize> token << 2;
  const patchBytes = <usize> patches << 2;
  for (let b = begin; b < end; b++) {
    const y = pointer(args, 3) + <usize> b * (tokenBytes + patchBytes);
    const x = pointer(args, 0) + <usize> b * patchBytes;
    addAll(pointer(args, 2), positions, y, token, true, false);
    addAll(x, positions + tokenBytes, y + tokenBytes, patches, true, false);
  }
}
