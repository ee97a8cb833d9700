// One vector per sequence: its first token, the mean, or a softmax-weighted sum. The twin of pool.wgsl. One unit per
// sequence.
import { PoolArguments } from "./arguments.as";
import { exp4, lanesBelow, madd, maxLanes, ones, storePart, sumLanes } from "../shared/simd.as";

const LOWEST: f32 = -f32.MAX_VALUE;

export function pool(args: PoolArguments, begin: i32, end: i32, _scratch: usize): void {
  const T = args.T;
  const C = args.C;
  const mode = args.MODE;
  const rowBytes = <usize> C << 2;
  const weightBytes = <usize> T << 2;
  for (let b = begin; b < end; b++) {
    const x = args.x + <usize> b * <usize> T * rowBytes;
    const y = args.y + <usize> b * rowBytes;
    const p = args.p + <usize> b * weightBytes;
    if (mode == 2) softmax(args.scores + <usize> b * weightBytes, T, p);
    const tokens = mode == 0 ? 1 : T;
    const scale = mode == 1 ? f32x4.splat(1 / <f32> T) : ones();
    memory.fill(y, 0, rowBytes);
    for (let t = 0; t < tokens; t++) {
      const weight = mode == 2 ? v128.load32_splat(p + (<usize> t << 2)) : scale;
      addWeighted(weight, x + <usize> t * rowBytes, y, C);
    }
  }
}

/** y += weight · x, a row of C. */
// @inline
function addWeighted(weight: v128, x: usize, y: usize, C: i32): void {
  for (; C >= 16; C -= 16) {
    const a = madd(weight, v128.load(x), v128.load(y));
    const b = madd(weight, v128.load(x, 16), v128.load(y, 16));
    const c = madd(weight, v128.load(x, 32), v128.load(y, 32));
    const d = madd(weight, v128.load(x, 48), v128.load(y, 48));
    v128.store(y, a);
    v128.store(y, b, 16);
    v128.store(y, c, 32);
    v128.store(y, d, 48);
    x += 64;
    y += 64;
  }
  for (; C > 0; C -= 4) {
    const a = madd(weight, v128.load(x), v128.load(y));
    if (C >= 4) v128.store(y, a);
    else storePart(y, a, C);
    x += 16;
    y += 16;
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
