// dtable[v, :] [+]= Σ dy[n, :] over the n with ids[n] = v. The twin of embedding_backward.wgsl. One unit per 64
// columns, so that no two threads write the same element; the rows of dy are added in their order.
// 0 ids   1 dy   2 dtable   3 N   4 V   5 C   6 ACCUMULATE
import { integer, pointer } from "./simd.as";

const COLUMNS: i32 = 64;

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
    if (columns == COLUMNS) scatterWide(pointer(args, 0), dy, dtable, N, V, C);
    else scatter(pointer(args, 0), dy, dtable, N, V, C, columns);
  }
}

function clear(dtable: usize, V: i32, C: i32, columns: i32): void {
  for (let v = 0; v < V; v++) memory.fill(dtable + (<usize> v * C << 2), 0, <usize> columns << 2);
}

// @inline
function add4(to: usize, from: usize): void {
  v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
}

function scatterWide(ids: usize, dy: usize, dtable: usize, N: i32, V: i32, C: i32): void {
  const rowBytes = <usize> C << 2;
  for (let n = 0; n < N; n++) {
    const id = load<u32>(ids + (<usize> n << 2));
    if (id < <u32> V) {
      const to = dtable + <usize> id * rowBytes;
      for (let c: usize = 0; c < <usize> COLUMNS << 2; c += 64) {
        add4(to + c, dy + c);
        add4(to + c + 16, dy + c + 16);
        add4(to + c + 32, dy + c + 32);
        add4(to + c + 48, dy + c + 48);
      }
    }
    dy += rowBytes;
  }
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
  for (let n = 0; n < N; n++) {
    const id = load<u32>(ids + (<usize> n << 2));
    if (id < <u32> V) {
      const to = dtable + <usize> id * rowBytes;
      for (let c: usize = 0; c < <usize> columns << 2; c += 4) {
        store<f32>(to + c, load<f32>(to + c) + load<f32>(dy + c));
      }
    }
    dy += rowBytes;
  }
}
