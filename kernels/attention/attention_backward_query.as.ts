// delta of the gradient of attention. Of attention_backward_query.wgsl it is the twin together with
// attention_backward_key_value.as.ts, which has the scores that the gradient for the queries needs. A unit is one row of
// the batch at one position.
import { AttentionBackwardQueryArguments } from "./arguments.as";
import { lanesBelow, madd, sumLanes } from "../shared/simd.as";

/** delta[b, h, t] = y[b, t, h]·dy[b, t, h] */
export function attentionBackwardDelta(
  args: AttentionBackwardQueryArguments,
  begin: i32,
  end: i32,
  _scratch: usize,
): void {
  const T = args.T;
  const D = args.D;
  const heads = args.HEADS;
  const headBytes = <usize> D << 2;
  const start = <usize> begin * <usize> heads * headBytes;
  let y = args.y + start;
  let dy = args.dy + start;
  for (let unit = begin; unit < end; unit++) {
    let delta = args.delta + (<usize> (unit / T * heads * T + unit % T) << 2);
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
