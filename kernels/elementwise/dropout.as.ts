// y = [residual +] x · keep / (1 − rate), with the hash of dropout.wgsl. The twin of it. One unit per four elements.
import { DropoutArguments } from "./arguments.as";
import { storePart } from "../shared/simd.as";
import { SEED, STEP } from "../shared/step.as";

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

/** Elements `begin` to `end`, a group at a time. */
function groups(
  x: usize,
  residual: usize,
  y: usize,
  begin: i32,
  end: i32,
  key: u32,
  args: DropoutArguments,
): void {
  const size = args.GROUP;
  const scale = args.SCALE;
  const scales = f32x4.splat(scale);
  while (begin < end) {
    const group = begin / size;
    const stop = min((group + 1) * size, end);
    const hash = <u32> i32x4.extract_lane(hash4(i32x4.splat(group), i32x4.splat(<i32> key)), 0);
    const kept = hash >= <u32> args.THRESHOLD;
    const mask = i32x4.splat(kept ? -1 : 0);
    let i = begin;
    for (; i + 4 <= stop; i += 4) {
      const at = <usize> i << 2;
      const value = v128.and(f32x4.mul(v128.load(x + at), scales), mask);
      v128.store(y + at, residual != 0 ? f32x4.add(value, v128.load(residual + at)) : value);
    }
    for (; i < stop; i++) {
      const at = <usize> i << 2;
      const value: f32 = kept ? load<f32>(x + at) * scale : 0;
      store<f32>(y + at, residual != 0 ? value + load<f32>(residual + at) : value);
    }
    begin = stop;
  }
}

export function dropout(args: DropoutArguments, begin: i32, end: i32, _scratch: usize): void {
  const x = args.x;
  const residual = args.residual;
  const y = args.y;
  const values = args.step;
  const count = args.COUNT;
  const hasResidual = args.HAS_RESIDUAL;
  const key = pcg(pcg(pcg(load<u32>(values, SEED)) + load<u32>(values, STEP)) + <u32> args.SALT);
  if (args.GROUP > 1) {
    const last = min(end << 2, count);
    groups(x, hasResidual ? residual : 0, y, begin << 2, last, key, args);
    return;
  }
  const keys = i32x4.splat(<i32> key);
  const threshold = i32x4.splat(args.THRESHOLD);
  const scale = f32x4.splat(args.SCALE);
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
