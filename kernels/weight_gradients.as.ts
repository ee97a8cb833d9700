// From the gradients of quantized weights to those of latent weights and learnt steps, in place. The twin of
// weight_gradients.wgsl. One unit per row.
// 0 parameters   1 rows   2 formats   3 codes   4 steps   5 gradients   6 sums   7 ROWS
import { lanesBelow, madd, pointer, storePart, sumLanes } from "./simd.as";

const LEARNED: f32 = 5;
const SIGN: f32 = 2;
const FAR: f32 = 1e38;

export function weightGradients(args: usize, begin: i32, end: i32, _scratch: usize): void {
  for (let row = begin; row < end; row++) {
    const place = pointer(args, 1) + (<usize> row << 5);
    const format = pointer(args, 2) + 48 * <usize> load<u32>(place, 24);
    const learned = load<f32>(format) == LEARNED;
    const clipLow = load<f32>(format, 24);
    const clipHigh = load<f32>(format, 28);
    if (!learned && clipLow < -FAR && clipHigh > FAR) continue;
    const columns = load<i32>(place, 4);
    const divisor = load<f32>(format, 8);
    const isSign = load<f32>(format, 4) == SIGN;
    const a = f32x4.splat(
      load<f32>(pointer(args, 4) + (<usize> load<u32>(place, 12) << 2)) * divisor,
    );
    const low = f32x4.splat(clipLow);
    const high = f32x4.splat(clipHigh);
    const below = v128.load32_splat(format, 32);
    const above = v128.load32_splat(format, 36);
    const divide = f32x4.splat(divisor);
    const offset = <usize> load<u32>(place) << 2;
    let w = pointer(args, 0) + offset;
    let gradients = pointer(args, 5) + offset;
    let codes = pointer(args, 3) + (<usize> load<u32>(place, 8) << 2);
    let sum = f32x4.splat(0);
    for (let k = 0; k < columns; k += 4) {
      const mine = lanesBelow(columns - k);
      const ratio = f32x4.div(v128.load(w), a);
      const gradient = v128.and(v128.load(gradients), mine);
      const under = f32x4.lt(ratio, low);
      const over = f32x4.gt(ratio, high);
      const bytes = i16x8.extend_low_i8x16_s(v128.load32_zero(codes));
      const code = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(bytes));
      let slope = f32x4.div(code, divide);
      if (!isSign) {
        slope = v128.bitselect(below, f32x4.sub(slope, ratio), under);
        slope = v128.bitselect(above, slope, over);
      }
      // What lies beyond the row can be no number.
      sum = madd(gradient, v128.and(slope, mine), sum);
      // Only this row's lanes may change: the next row is another unit's.
      const kept = v128.andnot(gradient, v128.or(under, over));
      if (columns - k >= 4) {
        v128.store(gradients, kept);
      } else {
        storePart(gradients, kept, columns - k);
      }
      w += 16;
      gradients += 16;
      codes += 4;
    }
    if (!learned) continue;
    if (load<i32>(place, 20) == 1) {
      const to = pointer(args, 5) + (<usize> load<u32>(place, 28) << 2);
      store<f32>(to, load<f32>(format, 40) * sumLanes(sum));
    } else store<f32>(pointer(args, 6) + (<usize> row << 2), sumLanes(sum));
  }
}
