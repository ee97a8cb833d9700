// Codes and scales of every quantized weight matrix. The twin of quantize_weights.wgsl. One unit per row; a chunk adds
// up the statistics of a group once, at its first row there.
import { QuantizeWeightsArguments } from "./arguments.as";
import { rounder } from "../shared/simd.as";

const MEAN: i32 = 0;
const MEDIAN: i32 = 1;
const MAXIMUM: i32 = 2;
const ROOT_MEAN_SQUARE: i32 = 3;
const LEARNED: i32 = 5;
const NEAREST: i32 = 0;
const ODD: i32 = 1;
const SIGN: i32 = 2;
const CENTRED_SIGN: i32 = 3;

/** In memory, because V8 builds a literal anew at every use: the lowest bit of every byte, ½ of floats. */
// deno-fmt-ignore
const LOWEST_BITS: usize = memory.data<u32>([
  0x01010101, 0x01010101, 0x01010101, 0x01010101,
  0x3f000000, 0x3f000000, 0x3f000000, 0x3f000000,
], 16);
const HALF: usize = LOWEST_BITS + 16;

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

/** −1 below `mean`, else 0: all but the lowest bit of the code. */
// @inline
function centred(w: v128, mean: v128): v128 {
  return v128.not(f32x4.ge(w, mean));
}

/** The sign, but 0 up to a magnitude of `dead`. */
// @inline
function deadZone(w: v128, dead: v128, minusDead: v128): v128 {
  return i32x4.sub(f32x4.lt(w, minusDead), f32x4.gt(w, dead));
}

/** Rounds what is at least `low`, a whole number; what is too large for a float to have halves stays too large. */
// @inline
function roundedFrom(ratio: v128, low: v128): v128 {
  const shift = rounder();
  return i32x4.sub(f32x4.add(f32x4.pmax(low, ratio), shift), shift);
}

/** Four 32-bit codes, or what {@link finished} makes them of. What `a` and `b` are follows from `kind`, a constant. */
// @inline
function code4(w: v128, a: v128, b: v128, kind: i32): v128 {
  if (kind == CENTRED_SIGN) return centred(w, a);
  if (kind == SIGN) return deadZone(w, a, b);
  if (kind == ODD) return roundedFrom(f32x4.sub(f32x4.div(w, a), v128.load(HALF)), b);
  return roundedFrom(f32x4.div(w, a), b);
}

/** Codes of 16 weights in bytes, of which none is above `high`; what is odd is still without its lowest bit. */
// @inline
function finished(codes: v128, high: v128, kind: i32): v128 {
  if (kind == ODD || kind == NEAREST) codes = i8x16.min_s(codes, high);
  if (kind == ODD) codes = i8x16.add(codes, codes);
  if (kind == ODD || kind == CENTRED_SIGN) codes = v128.or(codes, v128.load(LOWEST_BITS));
  return codes;
}

// @inline
function code16(w: usize, a: v128, b: v128, high: v128, kind: i32): v128 {
  const c0 = code4(v128.load(w), a, b, kind);
  const c1 = code4(v128.load(w, 16), a, b, kind);
  const low = i16x8.narrow_i32x4_s(c0, c1);
  const c2 = code4(v128.load(w, 32), a, b, kind);
  const c3 = code4(v128.load(w, 48), a, b, kind);
  return finished(i8x16.narrow_i16x8_s(low, i16x8.narrow_i32x4_s(c2, c3)), high, kind);
}

// @inline
function codeRow(
  w: usize,
  codes: usize,
  columns: i32,
  a: v128,
  b: v128,
  high: v128,
  kind: i32,
): void {
  for (; columns >= 32; columns -= 32) {
    const first = code16(w, a, b, high, kind);
    const second = code16(w + 64, a, b, high, kind);
    v128.store(codes, first);
    v128.store(codes, second, 16);
    w += 128;
    codes += 32;
  }
  for (; columns > 0; columns -= 4) {
    const four = code4(v128.load(w), a, b, kind);
    const low = i16x8.narrow_i32x4_s(four, four);
    const word = i32x4.extract_lane(finished(i8x16.narrow_i16x8_s(low, low), high, kind), 0);
    store<i32>(codes, columns < 4 ? word & ((1 << (columns << 3)) - 1) : word);
    w += 16;
    codes += 4;
  }
}

// A function for every kind: where they are inlined side by side, the compiler makes one loop of them with the kind as a
// variable.

function centredRow(w: usize, codes: usize, columns: i32, mean: v128): void {
  codeRow(w, codes, columns, mean, mean, mean, CENTRED_SIGN);
}

function signRow(w: usize, codes: usize, columns: i32, dead: v128, minusDead: v128): void {
  codeRow(w, codes, columns, dead, minusDead, dead, SIGN);
}

function oddRow(
  w: usize,
  codes: usize,
  columns: i32,
  twice: v128,
  low: v128,
  high: v128,
): void {
  codeRow(w, codes, columns, twice, low, high, ODD);
}

function nearestRow(
  w: usize,
  codes: usize,
  columns: i32,
  scale: v128,
  low: v128,
  high: v128,
): void {
  codeRow(w, codes, columns, scale, low, high, NEAREST);
}

export function quantizeWeights(
  args: QuantizeWeightsArguments,
  begin: i32,
  end: i32,
  _scratch: usize,
): void {
  const table = args.rows;
  let summed = -1;
  let scale: f32 = 0;
  let mean: f32 = 0;
  for (let row = begin; row < end; row++) {
    const place = table + (<usize> row << 5);
    const columns = load<i32>(place, 4);
    const firstRow = load<i32>(place, 16);
    const matrix = <usize> load<u32>(place, 24);
    const format = args.formats + 48 * matrix;
    if (firstRow != summed) {
      summed = firstRow;
      const kind = <i32> load<f32>(format);
      let statistic: f32 = 0;
      if (kind == LEARNED) {
        statistic = load<f32>(args.parameters + (<usize> load<u32>(place, 28) << 2));
      } else {
        const rows = load<i32>(place, 20);
        const statistics = args.statistics + (<usize> firstRow << 4);
        const count = <f32> rows * <f32> columns;
        const sums = groupSum(statistics, rows);
        statistic = statisticOf(kind, sums, count, statistics, rows);
        mean = f32x4.extract_lane(sums, 1) / count;
      }
      scale = max(statistic, load<f32>(format, 12)) / load<f32>(format, 8);
    }
    const rounding = <i32> load<f32>(format, 4);
    const low = load<f32>(format, 16);
    const high = load<f32>(format, 20);
    const w = args.parameters + (<usize> load<u32>(place) << 2);
    const codes = args.codes + (<usize> load<u32>(place, 8) << 2);
    if (rounding == CENTRED_SIGN) {
      centredRow(w, codes, columns, f32x4.splat(mean));
    } else if (rounding == ODD) {
      const from = f32x4.splat((low - 1) / 2);
      const to = i8x16.splat(<i8> ((high - 1) / 2));
      oddRow(w, codes, columns, f32x4.splat(2 * scale), from, to);
    } else if (rounding == NEAREST && (low != -1 || high != 1)) {
      const from = f32x4.splat(low);
      nearestRow(w, codes, columns, f32x4.splat(scale), from, i8x16.splat(<i8> high));
    } else {
      let dead: f32 = 0;
      if (rounding == NEAREST) {
        // A half rounds to 0: a weight is not 0 exactly where it is larger than half a scale.
        dead = scale / 2;
      } else if (rounding != SIGN) {
        const own = load<f32>(args.statistics + (<usize> row << 4));
        dead = load<f32>(args.thresholds + (matrix << 2)) * (own / <f32> columns);
      }
      signRow(w, codes, columns, f32x4.splat(dead), f32x4.splat(-dead));
    }
    store<f32>(args.scales + (<usize> load<u32>(place, 12) << 2), scale);
  }
}
