// Codes and steps of every quantized weight matrix. The twin of quantize_weights.wgsl. One unit per row; a chunk adds
// up the statistics of a segment once, at its first row there.
// 0 parameters   1 rows   2 statistics   3 codes   4 steps   5 ROWS
import { lanesBelow, pointer } from "./simd.as";

const SIGN: i32 = 0;
const MIN_STATISTIC: f32 = 1e-5;

/** (Σ|w|, Σw, …) of a segment of `rows` rows. */
function segmentSum(statistics: usize, rows: i32): v128 {
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

/** Four 32-bit codes. */
// @inline
function signs(w: v128, mean: v128): v128 {
  // All ones where w < mean is −1; nothing but the lowest bit elsewhere is 1.
  return v128.or(v128.not(f32x4.ge(w, mean)), i32x4.splat(1));
}

/** round(w / step) of a limit of 1: halves round to zero, so it is not 0 exactly where |w| > step / 2. */
// @inline
function ternary(w: v128, half: v128, minusHalf: v128): v128 {
  return i32x4.sub(f32x4.lt(w, minusHalf), f32x4.gt(w, half));
}

// @inline
function rounded(w: v128, step: v128, limit: v128): v128 {
  const code = f32x4.nearest(f32x4.div(w, step));
  return i32x4.trunc_sat_f32x4_s(f32x4.max(f32x4.min(code, limit), f32x4.neg(limit)));
}

/** `a` and `b` are mean and nothing, half a step and its negative, or step and limit; `kind` is a constant. */
// @inline
function code4(w: v128, a: v128, b: v128, kind: i32): v128 {
  if (kind == 0) return signs(w, a);
  if (kind == 1) return ternary(w, a, b);
  return rounded(w, a, b);
}

// @inline
function codeRow(w: usize, codes: usize, columns: i32, a: v128, b: v128, kind: i32): void {
  let k = 0;
  for (; k + 16 <= columns; k += 16) {
    const c0 = code4(v128.load(w), a, b, kind);
    const c1 = code4(v128.load(w, 16), a, b, kind);
    const c2 = code4(v128.load(w, 32), a, b, kind);
    const c3 = code4(v128.load(w, 48), a, b, kind);
    const low = i16x8.narrow_i32x4_s(c0, c1);
    v128.store(codes, i8x16.narrow_i16x8_s(low, i16x8.narrow_i32x4_s(c2, c3)));
    w += 64;
    codes += 16;
  }
  for (; k < columns; k += 4) {
    const c = v128.and(code4(v128.load(w), a, b, kind), lanesBelow(columns - k));
    const low = i16x8.narrow_i32x4_s(c, c);
    v128.store32_lane(codes, i8x16.narrow_i16x8_s(low, low), 0);
    w += 16;
    codes += 4;
  }
}

export function quantizeWeights(args: usize, begin: i32, end: i32, _scratch: usize): void {
  const table = pointer(args, 1);
  const statistics = pointer(args, 2);
  let summed = -1;
  let total = f32x4.splat(0);
  for (let row = begin; row < end; row++) {
    const place = table + (<usize> row << 5);
    const columns = load<i32>(place, 4);
    const firstRow = load<i32>(place, 16);
    const rows = load<i32>(place, 20);
    const scheme = load<i32>(place, 24);
    const limit = load<i32>(place, 28);
    if (firstRow != summed) {
      summed = firstRow;
      total = segmentSum(statistics + (<usize> firstRow << 4), rows);
    }
    const count = <f32> rows * <f32> columns;
    let step = f32x4.extract_lane(total, 0) / count;
    if (scheme != SIGN) step = max(step, MIN_STATISTIC);
    const w = pointer(args, 0) + (<usize> load<u32>(place) << 2);
    const codes = pointer(args, 3) + (<usize> load<u32>(place, 8) << 2);
    if (scheme == SIGN) {
      const mean = f32x4.splat(f32x4.extract_lane(total, 1) / count);
      codeRow(w, codes, columns, mean, mean, 0);
    } else if (limit == 1) {
      codeRow(w, codes, columns, f32x4.splat(step / 2), f32x4.splat(-step / 2), 1);
    } else codeRow(w, codes, columns, f32x4.splat(step), f32x4.splat(<f32> limit), 2);
    store<f32>(pointer(args, 4) + (<usize> load<u32>(place, 12) << 2), step);
  }
}
