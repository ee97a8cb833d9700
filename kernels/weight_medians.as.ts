// Median magnitude of every group of weights whose step is made of it, byte by byte. The twin of weight_medians.wgsl.
// One unit per row; those that are not the first of a group have nothing to do.
// 0 parameters   1 rows   2 formats   3 statistics   4 ROWS
import { pointer, privateScratch } from "./simd.as";

const MEDIAN: f32 = 1;
/** Of the counts of the 256 values of a byte. */
const COUNT_BYTES: usize = 1024;

export function weightMedians(args: usize, begin: i32, end: i32, scratch: usize): void {
  const counts = privateScratch(scratch, 0, COUNT_BYTES);
  for (let row = begin; row < end; row++) {
    const place = pointer(args, 1) + (<usize> row << 5);
    if (load<i32>(place, 16) != row) continue;
    if (load<f32>(pointer(args, 2) + 48 * <usize> load<u32>(place, 24)) != MEDIAN) continue;
    const count = load<i32>(place, 4) * load<i32>(place, 20);
    const from = pointer(args, 0) + (<usize> load<u32>(place) << 2);
    const stop = from + (<usize> count << 2);
    let rank = (count - 1) / 2;
    let known: u32 = 0;
    let mask: u32 = 0;
    for (let shift = 24; shift >= 0; shift -= 8) {
      memory.fill(counts, 0, COUNT_BYTES);
      for (let w = from; w < stop; w += 4) {
        const bits = load<u32>(w) & 0x7fffffff;
        if ((bits & mask) != known) continue;
        const at = counts + <usize> ((bits >> shift) & 255) * 4;
        store<i32>(at, load<i32>(at) + 1);
      }
      let value = 0;
      for (; value < 255; value++) {
        const here = load<i32>(counts + (<usize> value << 2));
        if (rank < here) break;
        rank -= here;
      }
      known |= <u32> value << shift;
      mask |= <u32> 255 << shift;
    }
    store<f32>(pointer(args, 3) + (<usize> row << 4), reinterpret<f32>(known), 12);
  }
}
