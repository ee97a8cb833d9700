// dtable[v, :] [+]= Σ dy[n, :] over the n with ids[n] = v. The twin of embedding_backward.wgsl, in two phases. The first
// clears the table, a unit is a row of it. The second, one unit, adds the rows of dy in their order: memory hands them
// out so fast only if they are read one after the other, so a thread that left out columns or rows would save nothing.
// 0 ids   1 dy   2 dtable   3 N   4 V   5 C   6 ACCUMULATE
import { addAll } from "../elementwise/add.as";
import { integer, pointer } from "../shared/simd.as";

export function embeddingBackwardClear(
  args: usize,
  begin: i32,
  end: i32,
  _scratch: usize,
): void {
  const rowBytes = <usize> integer(args, 5) << 2;
  memory.fill(pointer(args, 2) + <usize> begin * rowBytes, 0, <usize> (end - begin) * rowBytes);
}

export function embeddingBackward(args: usize, _begin: i32, _end: i32, _scratch: usize): void {
  const V = <u32> integer(args, 4);
  const C = integer(args, 5);
  const rowBytes = <usize> C << 2;
  const dtable = pointer(args, 2);
  let dy = pointer(args, 1);
  let id = pointer(args, 0);
  for (const stop = id + (<usize> integer(args, 3) << 2); id < stop; id += 4) {
    const row = load<u32>(id);
    if (row < V) addAll(dy, 0, dtable + <usize> row * rowBytes, C, false, true);
    dy += rowBytes;
  }
}
