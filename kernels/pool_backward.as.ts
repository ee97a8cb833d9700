// Gradients of pool. The twin of pool_backward.wgsl. One unit per sequence: the products dy·x into dscores first.
// 0 dy   1 x or 0   2 p or 0   3 pending or 0   4 dx   5 dscores   6 T   7 C   8 MODE   9 HAS_PENDING
import { integer, lanesBelow, madd, pointer, storePart, sumLanes } from "./simd.as";

export function poolBackward(args: usize, begin: i32, end: i32, _scratch: usize): void {
  const T = integer(args, 6);
  const C = integer(args, 7);
  const mode = integer(args, 8);
  const hasPending = integer(args, 9) != 0;
  const rowBytes = <usize> C << 2;
  const mean: f32 = 1 / <f32> T;
  for (let b = begin; b < end; b++) {
    const dy = pointer(args, 0) + <usize> b * rowBytes;
    const p = pointer(args, 2) + (<usize> (b * T) << 2);
    if (mode == 2) {
      const x = pointer(args, 1) + <usize> (b * T) * rowBytes;
      scoreGradients(dy, x, p, T, C, pointer(args, 5) + (<usize> (b * T) << 2));
    }
    for (let t = 0; t < T; t++) {
      const offset = <usize> (b * T + t) * rowBytes;
      const dx = pointer(args, 4) + offset;
      const pending = pointer(args, 3) + offset;
      let weight = mode == 1 ? mean : <f32> 0;
      if (mode == 2) weight = load<f32>(p + (<usize> t << 2));
      else if (mode == 0 && t == 0) weight = 1;
      const weights = f32x4.splat(weight);
      for (let c = 0; c < C; c += 4) {
        const i = <usize> c << 2;
        let value = f32x4.mul(weights, v128.load(dy + i));
        if (hasPending) value = f32x4.add(value, v128.load(pending + i));
        if (c + 4 <= C) v128.store(dx + i, value);
        else storePart(dx + i, value, C - c);
      }
    }
  }
}

function scoreGradients(dy: usize, x: usize, p: usize, T: i32, C: i32, dscores: usize): void {
  const fullBytes = <usize> (C & -4) << 2;
  const rest = C & 3;
  const inside = lanesBelow(rest);
  let total: f32 = 0;
  for (let t = 0; t < T; t++) {
    const at = <usize> t << 2;
    let sum = f32x4.splat(0);
    for (let i: usize = 0; i < fullBytes; i += 16) {
      sum = madd(v128.load(dy + i), v128.load(x + i), sum);
    }
    if (rest > 0) {
      const product = f32x4.mul(v128.load(dy + fullBytes), v128.load(x + fullBytes));
      sum = f32x4.add(sum, v128.and(product, inside));
    }
    const product = sumLanes(sum);
    store<f32>(dscores + at, product);
    total += load<f32>(p + at) * product;
    x += <usize> C << 2;
  }
  for (let at: usize = 0; at < <usize> T << 2; at += 4) {
    store<f32>(dscores + at, load<f32>(p + at) * (load<f32>(dscores + at) - total));
  }
}
