// A sequence from patches: class token in front, positions added. The twin of add_positions.wgsl. One unit per sequence.
import { AddPositionsArguments } from "./arguments.as";
import { addAll } from "../elementwise/add.as";

export function addPositions(
  args: AddPositionsArguments,
  begin: i32,
  end: i32,
  _scratch: usize,
): void {
  const positions = args.positions;
  const C = args.C;
  const token = args.CLASS * C;
  const patches = args.T * C - token;
  const tokenBytes = <usize> token << 2;
  const patchBytes = <usize> patches << 2;
  for (let b = begin; b < end; b++) {
    const y = args.y + <usize> b * (tokenBytes + patchBytes);
    const x = args.x + <usize> b * patchBytes;
    addAll(args.token, positions, y, token, true, false);
    addAll(x, positions + tokenBytes, y + tokenBytes, patches, true, false);
  }
}
