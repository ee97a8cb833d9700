// One vector per sequence: its first token, the mean, or a softmax-weighted sum. The twin of pool.wgsl. One unit per
// sequence.
// 0 x   1 scores or 0   2 y   3 p   4 T   5 C   6 MODE
import {
  exp4,
  integer,
  lanesBelow,
  madd,
  maxLanes,
  ones,
  pointer,
  storePart,
  sumLanes,
} from "./simd.as";

const LOWEST: f32 = -f32.MAX_VALUE;

export function pool(args: usize, begin: i32, end: i32, _scratch: usize): void {
  const T = integer(args, 4);
  const C = integer(args, 5);
  const mode = integer(args, 6);
  const rowBytes = <usize> C << 2;
  const weightBytes = <usize> T << 2;
  const one = ones();
  for (let b = begin; b < end; b++) {
    const x = pointer(args, 0) + <usize> b * <usize> T * rowBytes;
    const y = pointer(args, 2) + <usize> b * rowBytes;
    const p = pointer(args, 3) + <usize> b * weightBytes;
    if (mode == 2) softmax(pointer(args, 1) + <usize> b * weightBytes, T, p);
    const tokens = mode == 0 ? 1 : T;
    const scale = mode == 1 ? f32x4.splat(1 / <f32> T) : one;
    let c = 0;
    // A cache line of every token at a time.
    for (; c + 16 <= C; c += 16) {
      let at = x + (<usize> c << 2);
      let s0 = f32x4.splat(0);
      let s1 = s0;
      let s2 = s0;
      let s3 = s0;
      for (let t = 0; t < tokens; t++) {
        const weight = mode == 2 ? v128.load32_splat(p + (<usize> t << 2)) : one;
        s0 = madd(weight, v128.load(at), s0);
        s1 = madd(weight, v128.load(at, 16), s1);
        s2 = madd(weight, v128.load(at, 32), s2);
        s3 = madd(weight, v128.load(at, 48), s3);
        at += rowBytes;
      }
      const to = y + (<usize> c << 2);
      v128.store(to, f32x4.mul(s0, scale));
      v128.store(to, f32x4.mul(s1, scale), 16);
      v128.store(to, f32x4.mul(s2, scale), 32);
      v128.store(to, f32x4.mul(s3, scale), 48);
    }
    for (; c < C; c += 4) {
      let at = x + (<usize> c << 2);
      let sum = f32x4.splat(0);
      for (let t = 0; t < tokens; t++) {
        const weight = mode == 2 ? v128.load32_splat(p + (<usize> t << 2)) : one;
        sum = madd(weight, v128.load(at), sum);
        at += rowBytes;
      }
      const to = y + (<usize> c << 2);
      if (c + 4 <= C) v128.store(to, f32x4.mul(sum, scale));
      else storePart(to, f32x4.mul(sum, scale), C - c);
    }
  }
}

function softmax(scores: usize, T: i32, p: usize): void {
  const fullBytes = <usize> (T & -4) << 2;
  const rest = T & 3;
  const inside = lanesBelow(rest);
  let top = f32x4.splat(LOWEST);
  for (let i: usize = 0; i < fullBytes; i += 16) top = f32x4.pmax(top, v128.load(scores + i));
  if (rest > 0) {
    top = f32x4.pmax(top, v128.bitselect(v128.load(scores + fullBytes), top, inside));
  }
  const peak = f32x4.splat(maxLanes(top));
  let sum = f32x4.splat(0);
  for (let i: usize = 0; i < fullBytes; i += 16) {
    const weight = exp4(f32x4.sub(v128.load(scores + i), peak));
    v128.store(p + i, weight);
    sum = f32x4.add(sum, weight);
  }
  if (rest > 0) {
    const weight = exp4(f32x4.sub(v128.load(scores + fullBytes), peak));
    storePart(p + fullBytes, weight, rest);
    sum = f32x4.add(sum, v128.and(weight, inside));
  }
  const factor: f32 = 1 / sumLanes(sum);
  for (let t = p; t < p + (<usize> T << 2); t += 4) store<f32>(t, load<f32>(t) * factor);
}
