// y = [residual +] x · keep / (1 − rate), with the hash of dropout.wgsl. The twin of it. One unit per four elements.
// SIMD has no shift by a different amount per lane: state >> k is the high word of state · 2^(32 − k).
// 0 x   1 residual or 0   2 y   3 step values   4 COUNT   5 SALT   6 THRESHOLD   7 SCALE   8 HAS_RESIDUAL
import { integer, pointer, real, storePart } from "./simd.as";

function pcg(input: u32): u32 {
  const state = input * 747796405 + 2891336453;
  const word = ((state >> ((state >> 28) + 4)) ^ state) * 277803737;
  return (word >> 22) ^ word;
}

/** Constants of pcg: multiplier, increment, multiplier of the word, exponent bits of 2²⁸. */
const PCG: usize = memory.data<u32>([
  747796405,
  747796405,
  747796405,
  747796405,
  2891336453,
  2891336453,
  2891336453,
  2891336453,
  277803737,
  277803737,
  277803737,
  277803737,
  1300234240,
  1300234240,
  1300234240,
  1300234240,
], 16);

/** Whole numbers below 2³¹, from floats: relaxed, it is a single instruction. */
// @inline
function wholeOf(x: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i32x4.relaxed_trunc_f32x4_s(x);
  return i32x4.trunc_sat_f32x4_s(x);
}

// @inline
function pcg4(input: v128): v128 {
  const state = i32x4.add(i32x4.mul(input, v128.load(PCG, 0)), v128.load(PCG, 16));
  const exponents = i32x4.shl(i32x4.shr_u(state, 28), 23);
  const power = wholeOf(i32x4.sub(v128.load(PCG, 48), exponents));
  const low = i64x2.extmul_low_i32x4_u(state, power);
  const high = i64x2.extmul_high_i32x4_u(state, power);
  const shifted = i8x16.shuffle(
    low,
    high,
    4,
    5,
    6,
    7,
    12,
    13,
    14,
    15,
    20,
    21,
    22,
    23,
    28,
    29,
    30,
    31,
  );
  const word = i32x4.mul(v128.xor(shifted, state), v128.load(PCG, 32));
  return v128.xor(i32x4.shr_u(word, 22), word);
}

// @inline
function dropped(x: v128, index: v128, keys: v128, threshold: v128, scale: v128): v128 {
  const hash = pcg4(i32x4.add(pcg4(v128.xor(index, keys)), keys));
  return v128.and(f32x4.mul(x, scale), i32x4.ge_u(hash, threshold));
}

export function dropout(args: usize, begin: i32, end: i32, _scratch: usize): void {
  const x = pointer(args, 0);
  const residual = pointer(args, 1);
  const y = pointer(args, 2);
  const values = pointer(args, 3);
  const count = integer(args, 4);
  const hasResidual = integer(args, 8) != 0;
  const key = pcg(pcg(pcg(load<u32>(values, 4)) + load<u32>(values)) + <u32> integer(args, 5));
  const keys = i32x4.splat(<i32> key);
  const threshold = i32x4.splat(integer(args, 6));
  const scale = f32x4.splat(real(args, 7));
  const four = i32x4.splat(4);
  let index = i32x4.add(i32x4.splat(begin << 2), i32x4(0, 1, 2, 3));
  let at = <usize> begin << 4;
  const whole = <usize> min(end, count >> 2) << 4;
  for (; at < whole; at += 16) {
    const value = dropped(v128.load(x + at), index, keys, threshold, scale);
    if (hasResidual) v128.store(y + at, f32x4.add(value, v128.load(residual + at)));
    else v128.store(y + at, value);
    index = i32x4.add(index, four);
  }
  if (at < <usize> end << 4) {
    let value = dropped(v128.load(x + at), index, keys, threshold, scale);
    if (hasResidual) value = f32x4.add(value, v128.load(residual + at));
    storePart(y + at, value, count & 3);
  }
}
