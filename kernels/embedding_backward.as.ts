// dtable[v, :] [+]= Σ dy[n, :] over the n with ids[n] = v. The twin of embedding_backward.wgsl. One unit per 128
// columns, so that no two threads write the same element; the rows of dy are added in their order.
// 0 ids   1 dy   2 dtable   3 N   4 V   5 C   6 ACCUMULATE
import { integer, pointer } from "./simd.as";

/** As in src/device/cpu/kernels.ts. */
const COLUMNS: i32 = 128;

export function embeddingBackward(args: usize, begin: i32, end: i32, _scratch: usize): void {
  const N = integer(args, 3);
  const V = integer(args, 4);
  const C = integer(args, 5);
  const accumulate = integer(args, 6) != 0;
  for (let block = begin; block < end; block++) {
    const first = block * COLUMNS;
    const columns = min(COLUMNS, C - first);
    const dy = pointer(args, 1) + (<usize> first << 2);
    const dtable = pointer(args, 2) + (<usize> first << 2);
    if (!accumulate) clear(dtable, V, C, columns);
    scatter(pointer(args, 0), dy, dtable, N, V, C, columns);
  }
}

function clear(dtable: usize, V: i32, C: i32, columns: i32): void {
  for (let v = 0; v < V; v++) memory.fill(dtable + (<usize> v * C << 2), 0, <usize> columns << 2);
}

/** Adds 16 elements. */
// @inline
function addLine(to: usize, from: usize): void {
  const a = f32x4.add(v128.load(to), v128.load(from));
  const b = f32x4.add(v128.load(to, 16), v128.load(from, 16));
  const c = f32x4.add(v128.load(to, 32), v128.load(from, 32));
  const d = f32x4.add(v128.load(to, 48), v128.load(from, 48));
  v128.store(to, a);
  v128.store(to, b, 16);
  v128.store(to, c, 32);
  v128.store(to, d, 48);
}

function scatter(
  ids: usize,
  dy: usize,
  dtable: usize,
  N: i32,
  V: i32,
  C: i32,
  columns: i32,
): void {
  const rowBytes = <usize> C << 2;
  const bytes = <usize> columns << 2;
  const lineBytes = bytes & ~63;
  for (let n = 0; n < N; n++) {
    const id = load<u32>(ids + (<usize> n << 2));
    if (id < <u32> V) {
      const to = dtable + <usize> id * rowBytes;
      let c: usize = 0;
      for (; c < lineBytes; c += 64) addLine(to + c, dy + c);
      for (; c < bytes; c += 4) store<f32>(to + c, load<f32>(to + c) + load<f32>(dy + c));
    }
    dy += rowBytes;
  }
}
