// Sums over each row of every quantized weight matrix. The twin of weight_statistics.wgsl. One unit per row.
import { WeightStatisticsArguments } from "./arguments.as";
import { lanesBelow, madd, magnitude, maxLanes, sumLanes } from "../shared/simd.as";

const LEARNED: f32 = 5;
const THRESHOLD: f32 = 4;

/** Stores (Σ|w|, how many) of the weights above `dead` as the second and the fourth number. */
function sumAbove(w: usize, columns: i32, dead: f32, to: usize): void {
  const bound = f32x4.splat(dead);
  let size = f32x4.splat(0);
  let count = i32x4.splat(0);
  for (let k = 0; k < columns; k += 4) {
    const a = v128.and(f32x4.abs(v128.load(w)), lanesBelow(columns - k));
    // A threshold of 0 leaves out what lies beyond the row too: it was made 0.
    const above = f32x4.gt(a, bound);
    size = f32x4.add(size, v128.and(a, above));
    count = i32x4.sub(count, above);
    w += 16;
  }
  store<f32>(to, sumLanes(size), 4);
  store<f32>(to, sumLanes(f32x4.convert_i32x4_s(count)), 12);
}

export function weightStatistics(
  args: WeightStatisticsArguments,
  begin: i32,
  end: i32,
  _scratch: usize,
): void {
  for (let row = begin; row < end; row++) {
    const place = args.rows + (<usize> row << 5);
    const columns = load<i32>(place, 4);
    const matrix = <usize> load<u32>(place, 24);
    const format = args.formats + 48 * matrix;
    if (load<f32>(format) == LEARNED) continue;
    const from = args.parameters + (<usize> load<u32>(place) << 2);
    let w = from;
    let sum = f32x4.splat(0);
    let sum2 = sum;
    let size = sum;
    let size2 = sum;
    let top = sum;
    let top2 = sum;
    let square = sum;
    let square2 = sum;
    // As integers the absolute values have the same order, and a NaN is above all.
    const signless = magnitude();
    let k = 0;
    for (; k + 8 <= columns; k += 8) {
      const a = v128.load(w);
      const b = v128.load(w, 16);
      const absA = v128.and(a, signless);
      const absB = v128.and(b, signless);
      sum = f32x4.add(sum, a);
      sum2 = f32x4.add(sum2, b);
      size = f32x4.add(size, absA);
      size2 = f32x4.add(size2, absB);
      top = i32x4.max_s(absA, top);
      top2 = i32x4.max_s(absB, top2);
      square = madd(a, a, square);
      square2 = madd(b, b, square2);
      w += 32;
    }
    for (; k < columns; k += 4) {
      const a = v128.and(v128.load(w), lanesBelow(columns - k));
      const absA = v128.and(a, signless);
      sum = f32x4.add(sum, a);
      size = f32x4.add(size, absA);
      top = i32x4.max_s(absA, top);
      square = madd(a, a, square);
      w += 16;
    }
    const to = args.statistics + (<usize> row << 4);
    const total = sumLanes(f32x4.add(size, size2));
    store<f32>(to, total);
    store<f32>(to, sumLanes(f32x4.add(sum, sum2)), 4);
    store<f32>(to, maxLanes(i32x4.max_s(top, top2)), 8);
    store<f32>(to, sumLanes(f32x4.add(square, square2)), 12);
    if (load<f32>(format, 4) == THRESHOLD) {
      const threshold = load<f32>(args.thresholds + (matrix << 2));
      sumAbove(from, columns, threshold * (total / <f32> columns), to);
    }
  }
}
