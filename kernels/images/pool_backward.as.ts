// Gradients of pool. The twin of pool_backward.wgsl. One unit per sequence: the products dy·x into dscores first, each
// together with its row of dx, so that memory is read and written at the same time.
import { PoolBackwardArguments } from "./arguments.as";
import { lanesBelow, madd, storePart, sumLanes } from "../shared/simd.as";

export function poolBackward(
  args: PoolBackwardArguments,
  begin: i32,
  end: i32,
  _scratch: usize,
): void {
  const T = args.T;
  const C = args.C;
  const mode = args.MODE;
  const hasPending = args.HAS_PENDING;
  const rowBytes = <usize> C << 2;
  const mean: f32 = 1 / <f32> T;
  for (let b = begin; b < end; b++) {
    const dy = args.dy + <usize> b * rowBytes;
    const p = args.p + (<usize> (b * T) << 2);
    const dscores = args.dscores + (<usize> (b * T) << 2);
    let total: f32 = 0;
    for (let t = 0; t < T; t++) {
      const offset = <usize> (b * T + t) * rowBytes;
      const dx = args.dx + offset;
      const pending = args.pending + offset;
      let weight = mode == 1 ? mean : <f32> 0;
      if (mode == 2) {
        weight = load<f32>(p + (<usize> t << 2));
        const product = dot(dy, args.x + offset, C);
        store<f32>(dscores + (<usize> t << 2), product);
        total += weight * product;
      } else if (mode == 0 && t == 0) weight = 1;
      if (weight == 0 && !hasPending) memory.fill(dx, 0, rowBytes);
      else if (hasPending) spread(dy, weight, pending, dx, C, true);
      else spread(dy, weight, pending, dx, C, false);
    }
    if (mode == 2) {
      for (let at: usize = 0; at < <usize> T << 2; at += 4) {
        store<f32>(dscores + at, load<f32>(p + at) * (load<f32>(dscores + at) - total));
      }
    }
  }
}

/** dx = weight · dy [+ pending], a row of C. */
// @inline
function spread(
  dy: usize,
  weight: f32,
  pending: usize,
  dx: usize,
  C: i32,
  hasPending: bool,
): void {
  const weights = f32x4.splat(weight);
  let c = C;
  for (; c >= 16; c -= 16) {
    let v0 = f32x4.mul(weights, v128.load(dy));
    let v1 = f32x4.mul(weights, v128.load(dy, 16));
    let v2 = f32x4.mul(weights, v128.load(dy, 32));
    let v3 = f32x4.mul(weights, v128.load(dy, 48));
    if (hasPending) {
      v0 = f32x4.add(v0, v128.load(pending));
      v1 = f32x4.add(v1, v128.load(pending, 16));
      v2 = f32x4.add(v2, v128.load(pending, 32));
      v3 = f32x4.add(v3, v128.load(pending, 48));
    }
    v128.store(dx, v0);
    v128.store(dx, v1, 16);
    v128.store(dx, v2, 32);
    v128.store(dx, v3, 48);
    dy += 64;
    pending += 64;
    dx += 64;
  }
  for (; c > 0; c -= 4) {
    let value = f32x4.mul(weights, v128.load(dy));
    if (hasPending) value = f32x4.add(value, v128.load(pending));
    if (c >= 4) v128.store(dx, value);
    else storePart(dx, value, c);
    dy += 16;
    pending += 16;
    dx += 16;
  }
}

/** dy · x, rows of C. */
function dot(dy: usize, x: usize, C: i32): f32 {
  const fullBytes = <usize> (C & -4) << 2;
  const rest = C & 3;
  let sum = f32x4.splat(0);
  let sum2 = sum;
  let i: usize = 0;
  for (; i + 32 <= fullBytes; i += 32) {
    sum = madd(v128.load(dy + i), v128.load(x + i), sum);
    sum2 = madd(v128.load(dy + i, 16), v128.load(x + i, 16), sum2);
  }
  sum = f32x4.add(sum, sum2);
  if (i < fullBytes) sum = madd(v128.load(dy + i), v128.load(x + i), sum);
  if (rest > 0) {
    const product = f32x4.mul(v128.load(dy + fullBytes), v128.load(x + fullBytes));
    sum = f32x4.add(sum, v128.and(product, lanesBelow(rest)));
  }
  return sumLanes(sum);
}
