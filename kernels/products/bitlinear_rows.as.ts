// Codes times codes for one or two rows, which are not worth packing, AssemblyScript: one unit per 4 columns. Arguments as
// in bitlinear.as.ts.
import { BitlinearArguments } from "./arguments.as";
import { wordsOfGroup } from "./bitlinear.as";

/** One column of one row, in one group. */
// @inline
function finish(args: BitlinearArguments, m: i32, n: i32, group: i32, sums: v128): void {
  const sum = i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) +
    i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3);
  const N = args.N;
  const at = (<usize> m * <usize> N + <usize> n) << 2;
  const scale = load<f32>(args.xScales + (<usize> m << 2)) *
    load<f32>(args.wScales + (<usize> (group * N + n) << 2));
  let y = <f32> sum * scale;
  if (group > 0) {
    y += load<f32>(args.y + at);
  } else {
    if (args.HAS_RESIDUAL) y += load<f32>(args.residual + at);
    if (args.HAS_BIAS) y += load<f32>(args.bias + (<usize> n << 2));
  }
  store<f32>(args.y + at, y);
}

/** Four columns of one row, in one group: dot products with four rows of W, of which the last may be repeated. */
function dotFour(args: BitlinearArguments, m: i32, n: i32, group: i32, groupWords: i32): void {
  const N = args.N;
  const stride = <usize> ((args.K + 3) & ~3);
  const first = <usize> (group * groupWords) << 2;
  const bytes = min(<usize> groupWords << 2, stride - first);
  let x = args.xCodes + <usize> m * stride + first;
  let w0 = args.wCodes + <usize> n * stride + first;
  let w1 = n + 1 < N ? w0 + stride : w0;
  let w2 = n + 2 < N ? w1 + stride : w1;
  let w3 = n + 3 < N ? w2 + stride : w2;
  let s0 = i32x4.splat(0);
  let s1 = i32x4.splat(0);
  let s2 = i32x4.splat(0);
  let s3 = i32x4.splat(0);
  const end = x + (bytes & ~7);
  while (x < end) {
    const v = v128.load8x8_s(x);
    s0 = i32x4.add(s0, i32x4.dot_i16x8_s(v, v128.load8x8_s(w0)));
    s1 = i32x4.add(s1, i32x4.dot_i16x8_s(v, v128.load8x8_s(w1)));
    s2 = i32x4.add(s2, i32x4.dot_i16x8_s(v, v128.load8x8_s(w2)));
    s3 = i32x4.add(s3, i32x4.dot_i16x8_s(v, v128.load8x8_s(w3)));
    x += 8;
    w0 += 8;
    w1 += 8;
    w2 += 8;
    w3 += 8;
  }
  if (bytes & 4) {
    const v = i16x8.extend_low_i8x16_s(v128.load32_zero(x));
    s0 = i32x4.add(s0, i32x4.dot_i16x8_s(v, i16x8.extend_low_i8x16_s(v128.load32_zero(w0))));
    s1 = i32x4.add(s1, i32x4.dot_i16x8_s(v, i16x8.extend_low_i8x16_s(v128.load32_zero(w1))));
    s2 = i32x4.add(s2, i32x4.dot_i16x8_s(v, i16x8.extend_low_i8x16_s(v128.load32_zero(w2))));
    s3 = i32x4.add(s3, i32x4.dot_i16x8_s(v, i16x8.extend_low_i8x16_s(v128.load32_zero(w3))));
  }
  finish(args, m, n, group, s0);
  if (n + 1 < N) finish(args, m, n + 1, group, s1);
  if (n + 2 < N) finish(args, m, n + 2, group, s2);
  if (n + 3 < N) finish(args, m, n + 3, group, s3);
}

export function bitlinearRows(
  args: BitlinearArguments,
  begin: i32,
  end: i32,
  _scratch: usize,
): void {
  const M = args.M;
  const words = (args.K + 3) / 4;
  const groupWords = wordsOfGroup(args);
  for (let four = begin; four < end; four++) {
    for (let m = 0; m < M; m++) {
      for (let group = 0; group * groupWords < words; group++) {
        dotFour(args, m, 4 * four, group, groupWords);
      }
    }
  }
}
