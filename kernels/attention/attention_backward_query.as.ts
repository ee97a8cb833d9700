// delta of the gradient of attention. Of attention_backward_query.wgsl it is the twin together with
// attention_backward_key_value.as.ts, which has the scores that the gradient for the queries needs. A unit is one row of
// the batch at one position.
// 0 qkv   1 y   2 dy   3 lse   4 dqkv   5 delta   6 T   7 D   8 HEADS   9 GROUP   10 CAUSAL   11 SCALE
import { integer, lanesBelow, madd, pointer, sumLanes } from "../shared/simd.as";

/** delta[b, h, t] = y[b, t, h]·dy[b, t, h] */
export function attentionBackwardDelta(args: usize, begin: i32, end: i32, _scratch: usize): void {
  const T = integer(args, 6);
  const D = integer(args, 7);
  const heads = integer(args, 8);
  const headBytes = <usize> D << 2;
  const start = <usize> begin * <usize> heads * headBytes;
  let y = pointer(args, 1) + start;
  let dy = pointer(args, 2) + start;
  for (let unit = begin; unit < end; unit++) {
    let delta = pointer(args, 5) + (<usize> (unit / T * heads * T + unit % T) << 2);
    for (let head = 0; head < heads; head++) {
      store<f32>(delta, dot(y, dy, D));
      delta += <usize> T << 2;
      y += headBytes;
      dy += headBytes;
    }
  }
}

function dot(a: usize, b: usize, D: i32): f32 {
  let sum = f32x4.splat(0);
  let other = sum;
  let d = 0;
  for (; d + 8 <= D; d += 8) {
    sum = madd(v128.load(a), v128.load(b), sum);
    other = madd(v128.load(a, 16), v128.load(b, 16), other);
    a += 32;
    b += 32;
  }
  for (; d < D; d += 4) {
    const lanes = lanesBelow(D - d);
    sum = madd(v128.and(v128.load(a), lanes), v128.and(v128.load(b), lanes), sum);
    a += 16;
    b += 16;
  }
  return sumLanes(f32x4.add(sum, other));
}
