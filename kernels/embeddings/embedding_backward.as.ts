// dtable[v, :] [+]= Σ dy[n, :] over the n with ids[n] = v. The twin of embedding_backward.wgsl, in two phases. The first
// clears the table, a unit is a row of it. The second, one unit, adds the rows of dy in their order: memory hands them
// out so fast only if they are read one after the other, so a thread that left out columns or rows would save nothing.
import { EmbeddingBackwardArguments } from "./arguments.as";
import { addAll } from "../elementwise/add.as";

export function embeddingBackwardClear(
  args: EmbeddingBackwardArguments,
  begin: i32,
  end: i32,
  _scratch: usize,
): void {
  const rowBytes = <usize> args.C << 2;
  memory.fill(args.dtable + <usize> begin * rowBytes, 0, <usize> (end - begin) * rowBytes);
}

export function embeddingBackward(
  args: EmbeddingBackwardArguments,
  _begin: i32,
  _end: i32,
  _scratch: usize,
): void {
  const V = <u32> args.V;
  const C = args.C;
  const rowBytes = <usize> C << 2;
  const dtable = args.dtable;
  let dy = args.dy;
  let id = args.ids;
  for (const stop = id + (<usize> args.N << 2); id < stop; id += 4) {
    const row = load<u32>(id);
    if (row < V) addAll(dy, 0, dtable + <usize> row * rowBytes, C, false, true);
    dy += rowBytes;
  }
}
