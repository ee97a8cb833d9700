// C = op(A)·op(B) (+ R) (+ bias) (+ C). The twin of matmul.wgsl.
// 0 A   1 B   2 R or 0   3 bias or 0   4 C   5 M   6 N   7 K   8 TRANSPOSE_A   9 TRANSPOSE_B   10 HAS_RESIDUAL
// 11 HAS_BIAS   12 ACCUMULATE
// First B is packed (one unit per 16 columns), then tiles of C are computed (product.as.ts). Up to 8 rows times
// Bᵀ are not worth packing: `matmulRows`, one unit per 4 columns. Aᵀ·B of a long inner dimension: long_product.as.ts.
import { integer, madd, pointer, sumLanes } from "../shared/simd.as";
import { packColumns } from "./panels.as";
import { multiplyPanels } from "./product.as";

export function matmulPack(args: usize, begin: i32, end: i32, scratch: usize): void {
  const N = integer(args, 6);
  const K = integer(args, 7);
  for (let unit = begin; unit < end; unit++) {
    packColumns(pointer(args, 1), integer(args, 9) != 0, unit, N, K, scratch);
  }
}

export function matmul(args: usize, begin: i32, end: i32, scratch: usize): void {
  multiplyPanels(
    begin,
    end,
    pointer(args, 0),
    integer(args, 8) != 0,
    scratch,
    integer(args, 10) != 0 ? pointer(args, 2) : 0,
    integer(args, 11) != 0 ? pointer(args, 3) : 0,
    pointer(args, 4),
    integer(args, 5),
    integer(args, 6),
    integer(args, 7),
    integer(args, 12) != 0,
  );
}

/** Adds residual, bias and what was there to column n. */
// @inline
function finish(args: usize, at: usize, n: i32, sum: f32): void {
  if (integer(args, 10) != 0) sum += load<f32>(pointer(args, 2) + at);
  if (integer(args, 11) != 0) sum += load<f32>(pointer(args, 3) + (<usize> n << 2));
  const c = pointer(args, 4) + at;
  if (integer(args, 12) != 0) sum += load<f32>(c);
  store<f32>(c, sum);
}

/** Four columns of one row: dot products with four rows of the stored Bᵀ, of which the last may be repeated. */
function dotFour(args: usize, m: i32, n: i32): void {
  const N = integer(args, 6);
  const K = integer(args, 7);
  const stride = <usize> K << 2;
  let a = pointer(args, 0) + <usize> m * stride;
  let b0 = pointer(args, 1) + <usize> n * stride;
  let b1 = n + 1 < N ? b0 + stride : b0;
  let b2 = n + 2 < N ? b1 + stride : b1;
  let b3 = n + 3 < N ? b2 + stride : b2;
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  const end = a + (stride & ~15);
  while (a < end) {
    const x = v128.load(a);
    s0 = madd(x, v128.load(b0), s0);
    s1 = madd(x, v128.load(b1), s1);
    s2 = madd(x, v128.load(b2), s2);
    s3 = madd(x, v128.load(b3), s3);
    a += 16;
    b0 += 16;
    b1 += 16;
    b2 += 16;
    b3 += 16;
  }
  let t0 = sumLanes(s0);
  let t1 = sumLanes(s1);
  let t2 = sumLanes(s2);
  let t3 = sumLanes(s3);
  for (let rest: usize = 0; rest < (stride & 15); rest += 4) {
    const x = load<f32>(a + rest);
    t0 += x * load<f32>(b0 + rest);
    t1 += x * load<f32>(b1 + rest);
    t2 += x * load<f32>(b2 + rest);
    t3 += x * load<f32>(b3 + rest);
  }
  const at = (<usize> m * <usize> N + <usize> n) << 2;
  finish(args, at, n, t0);
  if (n + 1 < N) finish(args, at + 4, n + 1, t1);
  if (n + 2 < N) finish(args, at + 8, n + 2, t2);
  if (n + 3 < N) finish(args, at + 12, n + 3, t3);
}

export function matmulRows(args: usize, begin: i32, end: i32, _scratch: usize): void {
  const M = integer(args, 5);
  for (let four = begin; four < end; four++) {
    for (let m = 0; m < M; m++) dotFour(args, m, 4 * four);
  }
}
