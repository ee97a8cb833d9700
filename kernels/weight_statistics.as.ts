// (Σ|w|, Σw, max|w|, 0) of each row of every quantized weight matrix. The twin of weight_statistics.wgsl. One unit per row.
// 0 parameters   1 rows   2 statistics   3 ROWS
import { lanesBelow, maxLanes, pointer, sumLanes } from "./simd.as";

export function weightStatistics(args: usize, begin: i32, end: i32, _scratch: usize): void {
  for (let row = begin; row < end; row++) {
    const place = pointer(args, 1) + (<usize> row << 5);
    const columns = load<i32>(place, 4);
    let w = pointer(args, 0) + (<usize> load<u32>(place) << 2);
    let sum = f32x4.splat(0);
    let sum2 = sum;
    let size = sum;
    let size2 = sum;
    let top = sum;
    let top2 = sum;
    let k = 0;
    for (; k + 8 <= columns; k += 8) {
      const a = v128.load(w);
      const b = v128.load(w, 16);
      const absA = f32x4.abs(a);
      const absB = f32x4.abs(b);
      sum = f32x4.add(sum, a);
      sum2 = f32x4.add(sum2, b);
      size = f32x4.add(size, absA);
      size2 = f32x4.add(size2, absB);
      top = f32x4.pmax(absA, top);
      top2 = f32x4.pmax(absB, top2);
      w += 32;
    }
    for (; k < columns; k += 4) {
      const a = v128.and(v128.load(w), lanesBelow(columns - k));
      const absA = f32x4.abs(a);
      sum = f32x4.add(sum, a);
      size = f32x4.add(size, absA);
      top = f32x4.pmax(absA, top);
      w += 16;
    }
    const to = pointer(args, 2) + (<usize> row << 4);
    store<f32>(to, sumLanes(f32x4.add(size, size2)));
    store<f32>(to, sumLanes(f32x4.add(sum, sum2)), 4);
    store<f32>(to, maxLanes(f32x4.pmax(top, top2)), 8);
    store<f32>(to, 0, 12);
  }
}
