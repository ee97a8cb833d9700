// y = [residual +] x · keep / (1 − rate), with the hash of dropout.wgsl. The twin of it. One unit per four elements.
// 0 x   1 residual or 0   2 y   3 step values   4 COUNT   5 SALT   6 THRESHOLD   7 SCALE   8 HAS_RESIDUAL
import { integer, pointer, real, storePart } from "./simd.as";

function pcg(input: u32): u32 {
  const state = input * 747796405 + 2891336453;
  const word = ((state >> ((state >> 28) + 4)) ^ state) * 277803737;
  return (word >> 22) ^ word;
}

/** Multipliers of the hash of an element, four equal lanes each. */
const HASH: usize = memory.data<u32>([
  0x7feb352d,
  0x7feb352d,
  0x7feb352d,
  0x7feb352d,
  0x846ca68b,
  0x846ca68b,
  0x846ca68b,
  0x846ca68b,
], 16);

// @inline
function hash4(elements: v128, keys: v128): v128 {
  let h = v128.xor(elements, keys);
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 16)), v128.load(HASH, 0));
  h = i32x4.mul(i32x4.add(v128.xor(h, i32x4.shr_u(h, 15)), keys), v128.load(HASH, 16));
  return v128.xor(h, i32x4.shr_u(h, 16));
}

// @inline
function dropped(x: v128, index: v128, keys: v128, threshold: v128, scale: v128): v128 {
  return v128.and(f32x4.mul(x, scale), i32x4.ge_u(hash4(index, keys), threshold));
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
