// From the gradients of quantized weights to those of latent weights and learned scales, in place. The twin of
// weight_gradients.wgsl. One unit per row.
import { WeightGradientsArguments } from "./arguments.as";
import { lanesBelow, madd, storePart, sumLanes, where } from "../shared/simd.as";

const LEARNED: f32 = 5;
const SIGN: f32 = 2;
const FAR: f32 = 1e38;

export function weightGradients(
  args: WeightGradientsArguments,
  begin: i32,
  end: i32,
  _scratch: usize,
): void {
  for (let row = begin; row < end; row++) {
    const place = args.rows + (<usize> row << 5);
    const format = args.formats + 48 * <usize> load<u32>(place, 24);
    const learned = load<f32>(format) == LEARNED;
    if (!learned && load<f32>(format, 24) < -FAR && load<f32>(format, 28) > FAR) continue;
    const columns = load<i32>(place, 4);
    const offset = <usize> load<u32>(place) << 2;
    const w = args.parameters + offset;
    const gradients = args.gradients + offset;
    const codes = args.codes + (<usize> load<u32>(place, 8) << 2);
    const scale = load<f32>(args.scales + (<usize> load<u32>(place, 12) << 2));
    const a = f32x4.splat(scale * load<f32>(format, 8));
    if (!learned) {
      clippedRow(w, gradients, codes, columns, a, format);
      continue;
    }
    const sum = load<f32>(format, 4) == SIGN
      ? signRow(w, gradients, codes, columns, a, format)
      : slopeRow(w, gradients, codes, columns, a, format);
    if (load<i32>(place, 20) == 1) {
      const to = args.gradients + (<usize> load<u32>(place, 28) << 2);
      store<f32>(to, load<f32>(format, 40) * sum);
    } else store<f32>(args.sums + (<usize> row << 2), sum);
  }
}

// A function for every kind: where they are inlined side by side, the compiler makes one loop of them with the kind as a
// variable.

/** A row whose scale is not learned: its sum would go nowhere. */
function clippedRow(
  w: usize,
  gradients: usize,
  codes: usize,
  columns: i32,
  a: v128,
  format: usize,
): void {
  oneRow(w, gradients, codes, columns, a, format, CLIPPED);
}

/** A row of the rounding sign. */
function signRow(
  w: usize,
  gradients: usize,
  codes: usize,
  columns: i32,
  a: v128,
  format: usize,
): f32 {
  return oneRow(w, gradients, codes, columns, a, format, CODES);
}

/** A row of another rounding. */
function slopeRow(
  w: usize,
  gradients: usize,
  codes: usize,
  columns: i32,
  a: v128,
  format: usize,
): f32 {
  return oneRow(w, gradients, codes, columns, a, format, SLOPES);
}

/** What is added up: nothing, dŵ · code / divisor, or dŵ · (code / divisor − ratio), with the ends' slopes outside. */
const CLIPPED = 0;
const CODES = 1;
const SLOPES = 2;

/**
 * Gradients of a row.
 *
 * @param a What weights are divided by.
 * @param kind A constant.
 * @returns The sum, before its factor.
 */
// @inline
function oneRow(
  w: usize,
  gradients: usize,
  codes: usize,
  columns: i32,
  a: v128,
  format: usize,
  kind: i32,
): f32 {
  // As good as dividing by it: it is a power of two, or the codes are −1 to 1, unless the format is of the user's making.
  const reciprocal = f32x4.splat(1 / load<f32>(format, 8));
  const low = v128.load32_splat(format, 24);
  const high = v128.load32_splat(format, 28);
  const below = v128.load32_splat(format, 32);
  const above = v128.load32_splat(format, 36);
  let sum = f32x4.splat(0);
  for (; columns >= 8; columns -= 8) {
    const ratioA = f32x4.div(v128.load(w), a);
    const ratioB = f32x4.div(v128.load(w, 16), a);
    const gradientA = v128.load(gradients);
    const gradientB = v128.load(gradients, 16);
    const underA = f32x4.lt(ratioA, low);
    const underB = f32x4.lt(ratioB, low);
    const overA = f32x4.gt(ratioA, high);
    const overB = f32x4.gt(ratioB, high);
    if (kind != CLIPPED) {
      const eight = v128.load8x8_s(codes);
      let slopeA = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(eight));
      let slopeB = f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(eight));
      slopeA = f32x4.mul(slopeA, reciprocal);
      slopeB = f32x4.mul(slopeB, reciprocal);
      if (kind == SLOPES) {
        slopeA = where(underA, below, where(overA, above, f32x4.sub(slopeA, ratioA)));
        slopeB = where(underB, below, where(overB, above, f32x4.sub(slopeB, ratioB)));
      }
      sum = madd(gradientB, slopeB, madd(gradientA, slopeA, sum));
      codes += 8;
    }
    v128.store(gradients, v128.andnot(gradientA, v128.or(underA, overA)));
    v128.store(gradients, v128.andnot(gradientB, v128.or(underB, overB)), 16);
    w += 32;
    gradients += 32;
  }
  for (; columns > 0; columns -= 4) {
    const mine = lanesBelow(columns);
    const ratio = f32x4.div(v128.load(w), a);
    // What lies beyond the row can be no number.
    const gradient = v128.and(v128.load(gradients), mine);
    const under = f32x4.lt(ratio, low);
    const over = f32x4.gt(ratio, high);
    if (kind != CLIPPED) {
      const bytes = i16x8.extend_low_i8x16_s(v128.load32_zero(codes));
      let slope = f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(bytes)), reciprocal);
      if (kind == SLOPES) {
        slope = where(under, below, where(over, above, f32x4.sub(slope, ratio)));
      }
      sum = madd(gradient, v128.and(slope, mine), sum);
      codes += 4;
    }
    // Only this row's lanes may change: the next row is another unit's.
    const kept = v128.andnot(gradient, v128.or(under, over));
    if (columns >= 4) v128.store(gradients, kept);
    else storePart(gradients, kept, columns);
    w += 16;
    gradients += 16;
  }
  return sumLanes(sum);
}
