// dtable[v, :] [+]= Σ dy[n, :] over the n with ids[n] = v. The twin of embedding_backward.wgsl, in two phases. The first
// clears the table, a unit is a row of it. The second, one unit, adds the rows of dy in their order: memory hands them
// out so fast only if they are read one after the other, so a thread that left out columns or rows would save nothing.
// 0 ids   1 dy   2 dtable   3 N   4 V   5 C   6 ACCUMULATE
import { integer, pointer } from "./simd.as";

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
  const rowBytes = <usize> integer(args, 5) << 2;
  const dtable = pointer(args, 2);
  let dy = pointer(args, 1);
  let id = pointer(args, 0);
  for (const stop = id + (<usize> integer(args, 3) << 2); id < stop; id += 4) {
    const row = load<u32>(id);
    if (row < V) addRow(dtable + <usize> row * rowBytes, dy, rowBytes);
    dy += rowBytes;
  }
}

/** to += from */
function addRow(to: usize, from: usize, bytes: usize): void {
  const stop = to + bytes;
  for (; to + 64 <= stop; to += 64) {
    const a = f32x4.add(v128.load(to), v128.load(from));
    const b = f32x4.add(v128.load(to, 16), v128.load(from, 16));
    const c = f32x4.add(v128.load(to, 32), v128.load(from, 32));
    const d = f32x4.add(v128.load(to, 48), v128.load(from, 48));
    v128.store(to, a);
    v128.store(to, b, 16);
    v128.store(to, c, 32);
    v128.store(to, d, 48);
    from += 64;
  }
  for (; to < stop; to += 4) {
    store<f32>(to, load<f32>(to) + load<f32>(from));
    from += 4;
  }
}
