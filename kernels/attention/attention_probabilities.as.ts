// The weights of softmax attention. The twin of attention_probabilities.wgsl. One unit per query of one head of one batch
// row.
import { AttentionProbabilitiesArguments } from "./arguments.as";
import { exp4, lanesBelow, madd, sumLanes } from "../shared/simd.as";

const LOWEST: f32 = -f32.MAX_VALUE;

export function attentionProbabilities(
  args: AttentionProbabilitiesArguments,
  begin: i32,
  end: i32,
  _scratch: usize,
): void {
  const T = args.T;
  const D = args.D;
  const heads = args.HEADS;
  const group = args.GROUP;
  const causal = args.CAUSAL;
  const scale = args.SCALE;
  const stride = <usize> ((heads + 2 * (heads / group)) * D) << 2;
  for (let unit = begin; unit < end; unit++) {
    const t = unit % T;
    const head = unit / T % heads;
    const base = args.qkv + <usize> (unit / T / heads * T) * stride;
    const query = base + <usize> t * stride + (<usize> (head * D) << 2);
    let key = base + (<usize> ((heads + head / group) * D) << 2);
    const p = args.p + (<usize> unit * <usize> T << 2);
    const stop = p + (<usize> (causal ? t + 1 : T) << 2);
    let peak = LOWEST;
    for (let at = p; at < stop; at += 4) {
      const score = scale * dot(query, key, D);
      store<f32>(at, score);
      peak = max(peak, score);
      key += stride;
    }
    const sum = exponentiate(p, stop, peak);
    for (let at = p; at < stop; at += 4) store<f32>(at, load<f32>(at) / sum);
    memory.fill(stop, 0, p + (<usize> T << 2) - stop);
  }
}

function dot(a: usize, b: usize, D: i32): f32 {
  const end = a + (<usize> (D & -4) << 2);
  let sum = f32x4.splat(0);
  for (; a < end; a += 16) {
    sum = madd(v128.load(a), v128.load(b), sum);
    b += 16;
  }
  if ((D & 3) != 0) {
    const product = f32x4.mul(v128.load(a), v128.load(b));
    sum = f32x4.add(sum, v128.and(product, lanesBelow(D & 3)));
  }
  return sumLanes(sum);
}

/** Replaces scores by e^(score − peak), and returns their sum. */
function exponentiate(scores: usize, stop: usize, peak: f32): f32 {
  const peaks = f32x4.splat(peak);
  let sum = f32x4.splat(0);
  let at = scores;
  for (; at + 16 <= stop; at += 16) {
    const weight = exp4(f32x4.sub(v128.load(at), peaks));
    v128.store(at, weight);
    sum = f32x4.add(sum, weight);
  }
  let total = sumLanes(sum);
  for (; at < stop; at += 4) {
    const weight = f32x4.extract_lane(exp4(f32x4.sub(v128.load32_splat(at), peaks)), 0);
    store<f32>(at, weight);
    total += weight;
  }
  return total;
}
