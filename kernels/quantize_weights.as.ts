// Codes and steps of every quantized weight matrix. The twin of quantize_weights.wgsl. One unit per row; a chunk adds
// up the statistics of a group once, at its first row there.
// 0 parameters   1 rows   2 formats   3 thresholds   4 statistics   5 codes   6 steps   7 ROWS
import { lanesBelow, pointer } from "./simd.as";

const MEAN: i32 = 0;
const MEDIAN: i32 = 1;
const MAXIMUM: i32 = 2;
const ROOT_MEAN_SQUARE: i32 = 3;
const LEARNED: i32 = 5;
const NEAREST: i32 = 0;
const ODD: i32 = 1;
const SIGN: i32 = 2;
const CENTRED_SIGN: i32 = 3;

/** (Σ|w|, Σw, …) of a group of `rows` rows; the third number is not the largest magnitude. */
function groupSum(statistics: usize, rows: i32): v128 {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let i = 0;
  for (; i + 4 <= rows; i += 4) {
    s0 = f32x4.add(s0, v128.load(statistics));
    s1 = f32x4.add(s1, v128.load(statistics, 16));
    s2 = f32x4.add(s2, v128.load(statistics, 32));
    s3 = f32x4.add(s3, v128.load(statistics, 48));
    statistics += 64;
  }
  for (; i < rows; i++) {
    s0 = f32x4.add(s0, v128.load(statistics));
    statistics += 16;
  }
  return f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
}

/** Largest magnitude of a group of `rows` rows. */
function groupMaximum(statistics: usize, rows: i32): f32 {
  let top: f32 = 0;
  for (let i = 0; i < rows; i++) {
    top = max(top, load<f32>(statistics, 8));
    statistics += 16;
  }
  return top;
}

function statisticOf(kind: i32, sums: v128, count: f32, statistics: usize, rows: i32): f32 {
  if (kind == MEAN) return f32x4.extract_lane(sums, 0) / count;
  if (kind == MEDIAN) return load<f32>(statistics, 12);
  if (kind == MAXIMUM) return groupMaximum(statistics, rows);
  if (kind == ROOT_MEAN_SQUARE) return sqrt<f32>(f32x4.extract_lane(sums, 3) / count);
  return f32x4.extract_lane(sums, 1) / max(f32x4.extract_lane(sums, 3), <f32> 1e-6);
}

/** Four 32-bit codes: 1 from `mean` on, else −1. */
// @inline
function centred(w: v128, mean: v128): v128 {
  // All ones where w < mean is −1; nothing but the lowest bit elsewhere is 1.
  return v128.or(v128.not(f32x4.ge(w, mean)), i32x4.splat(1));
}

/** The sign, but 0 up to a magnitude of `dead`. */
// @inline
function deadZone(w: v128, dead: v128, minusDead: v128): v128 {
  return i32x4.sub(f32x4.lt(w, minusDead), f32x4.gt(w, dead));
}

// @inline
function nearest(w: v128, step: v128, low: v128, high: v128): v128 {
  const code = f32x4.nearest(f32x4.div(w, step));
  return i32x4.trunc_sat_f32x4_s(f32x4.max(f32x4.min(code, high), low));
}

/** `low` and `high` are those of the code's half, rounded down. */
// @inline
function odd(w: v128, twice: v128, low: v128, high: v128): v128 {
  const half = f32x4.nearest(f32x4.sub(f32x4.div(w, twice), f32x4.splat(0.5)));
  const whole = i32x4.trunc_sat_f32x4_s(f32x4.max(f32x4.min(half, high), low));
  return v128.or(i32x4.shl(whole, 1), i32x4.splat(1));
}

/** What `a`, `b` and `c` are follows from `kind`, which is a constant. */
// @inline
function code4(w: v128, a: v128, b: v128, c: v128, kind: i32): v128 {
  if (kind == CENTRED_SIGN) return centred(w, a);
  if (kind == SIGN) return deadZone(w, a, b);
  if (kind == ODD) return odd(w, a, b, c);
  return nearest(w, a, b, c);
}

// @inline
function codeRow(
  w: usize,
  codes: usize,
  columns: i32,
  a: v128,
  b: v128,
  c: v128,
  kind: i32,
): void {
  let k = 0;
  for (; k + 16 <= columns; k += 16) {
    const c0 = code4(v128.load(w), a, b, c, kind);
    const c1 = code4(v128.load(w, 16), a, b, c, kind);
    const c2 = code4(v128.load(w, 32), a, b, c, kind);
    const c3 = code4(v128.load(w, 48), a, b, c, kind);
    const low = i16x8.narrow_i32x4_s(c0, c1);
    v128.store(codes, i8x16.narrow_i16x8_s(low, i16x8.narrow_i32x4_s(c2, c3)));
    w += 64;
    codes += 16;
  }
  for (; k < columns; k += 4) {
    const four = v128.and(code4(v128.load(w), a, b, c, kind), lanesBelow(columns - k));
    const low = i16x8.narrow_i32x4_s(four, four);
    v128.store32_lane(codes, i8x16.narrow_i16x8_s(low, low), 0);
    w += 16;
    codes += 4;
  }
}

export function quantizeWeights(args: usize, begin: i32, end: i32, _scratch: usize): void {
  const table = pointer(args, 1);
  let summed = -1;
  let step: f32 = 0;
  let mean: f32 = 0;
  for (let row = begin; row < end; row++) {
    const place = table + (<usize> row << 5);
    const columns = load<i32>(place, 4);
    const firstRow = load<i32>(place, 16);
    const matrix = <usize> load<u32>(place, 24);
    const format = pointer(args, 2) + 48 * matrix;
    if (firstRow != summed) {
      summed = firstRow;
      const kind = <i32> load<f32>(format);
      let statistic: f32 = 0;
      if (kind == LEARNED) {
        statistic = load<f32>(pointer(args, 0) + (<usize> load<u32>(place, 28) << 2));
      } else {
        const rows = load<i32>(place, 20);
        const statistics = pointer(args, 4) + (<usize> firstRow << 4);
        const count = <f32> rows * <f32> columns;
        const sums = groupSum(statistics, rows);
        statistic = statisticOf(kind, sums, count, statistics, rows);
        mean = f32x4.extract_lane(sums, 1) / count;
      }
      step = max(statistic, load<f32>(format, 12)) / load<f32>(format, 8);
    }
    const rounding = <i32> load<f32>(format, 4);
    const low = load<f32>(format, 16);
    const high = load<f32>(format, 20);
    const w = pointer(args, 0) + (<usize> load<u32>(place) << 2);
    const codes = pointer(args, 5) + (<usize> load<u32>(place, 8) << 2);
    if (rounding == CENTRED_SIGN) {
      const middle = f32x4.splat(mean);
      codeRow(w, codes, columns, middle, middle, middle, CENTRED_SIGN);
    } else if (rounding == ODD) {
      const from = f32x4.splat((low - 1) / 2);
      const to = f32x4.splat((high - 1) / 2);
      codeRow(w, codes, columns, f32x4.splat(2 * step), from, to, ODD);
    } else if (rounding == NEAREST && (low != -1 || high != 1)) {
      const from = f32x4.splat(low);
      codeRow(w, codes, columns, f32x4.splat(step), from, f32x4.splat(high), NEAREST);
    } else {
      let dead: f32 = 0;
      if (rounding == NEAREST) {
        // A half rounds to 0: a weight is not 0 exactly where it is larger than half a step.
        dead = step / 2;
      } else if (rounding != SIGN) {
        const own = load<f32>(pointer(args, 4) + (<usize> row << 4));
        dead = load<f32>(pointer(args, 3) + (matrix << 2)) * (own / <f32> columns);
      }
      const bound = f32x4.splat(dead);
      codeRow(w, codes, columns, bound, f32x4.splat(-dead), bound, SIGN);
    }
    store<f32>(pointer(args, 6) + (<usize> load<u32>(place, 12) << 2), step);
  }
}
