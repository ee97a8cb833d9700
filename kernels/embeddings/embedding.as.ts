// y[n, :] = table[ids[n], :], zeros where an id is outside 0..V−1. The twin of embedding.wgsl. One unit per id.
import { EmbeddingArguments } from "./arguments.as";

export function embedding(args: EmbeddingArguments, begin: i32, end: i32, _scratch: usize): void {
  const ids = args.ids;
  const table = args.table;
  const V = args.V;
  const rowBytes = <usize> args.C << 2;
  let y = args.y + <usize> begin * rowBytes;
  for (let n = begin; n < end; n++) {
    const id = load<u32>(ids + (<usize> n << 2));
    const stop = y + rowBytes;
    if (id >= <u32> V) {
      memory.fill(y, 0, rowBytes);
      y = stop;
      continue;
    }
    let from = table + <usize> id * rowBytes;
    for (; y + 64 <= stop; y += 64) {
      const a = v128.load(from);
      const b = v128.load(from, 16);
      const c = v128.load(from, 32);
      const d = v128.load(from, 48);
      v128.store(y, a);
      v128.store(y, b, 16);
      v128.store(y, c, 32);
      v128.store(y, d, 48);
      from += 64;
    }
    for (; y < stop; y += 4) {
      store<f32>(y, load<f32>(from));
      from += 4;
    }
  }
}
