// C = op(A)·op(B) (+ R) (+ bias) (+ C). The twin of matmul.wgsl.
// First B is packed (one unit per 16 columns), then tiles of C are computed (parts/product.as.ts). Up to 8 rows times
// Bᵀ are not worth packing: `matmulRows`, one unit per 4 columns. Aᵀ·B of a long inner dimension: long_product.as.ts.
import { MatmulArguments } from "./arguments.as";
import { madd, sumLanes } from "../shared/simd.as";
import { packColumns } from "./parts/panels.as";
import { multiplyPanels } from "./parts/product.as";

export function matmulPack(args: MatmulArguments, begin: i32, end: i32, scratch: usize): void {
  const N = args.N;
  const K = args.K;
  for (let unit = begin; unit < end; unit++) {
    packColumns(args.b, args.TRANSPOSE_B, unit, N, K, scratch);
  }
}

export function matmul(args: MatmulArguments, begin: i32, end: i32, scratch: usize): void {
  multiplyPanels(
    begin,
    end,
    args.a,
    args.TRANSPOSE_A,
    scratch,
    args.HAS_RESIDUAL ? args.residual : 0,
    args.HAS_BIAS ? args.bias : 0,
    args.c,
    args.M,
    args.N,
    args.K,
    args.ACCUMULATE,
  );
}

/** Adds residual, bias and what was there to column n. */
// @inline
function finish(args: MatmulArguments, at: usize, n: i32, sum: f32): void {
  if (args.HAS_RESIDUAL) sum += load<f32>(args.residual + at);
  if (args.HAS_BIAS) sum += load<f32>(args.bias + (<usize> n << 2));
  const c = args.c + at;
  if (args.ACCUMULATE) sum += load<f32>(c);
  store<f32>(c, sum);
}

/** Four columns of one row: dot products with four rows of the stored Bᵀ, of which the last may be repeated. */
function dotFour(args: MatmulArguments, m: i32, n: i32): void {
  const N = args.N;
  const K = args.K;
  const stride = <usize> K << 2;
  let a = args.a + <usize> m * stride;
  let b0 = args.b + <usize> n * stride;
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

export function matmulRows(args: MatmulArguments, begin: i32, end: i32, _scratch: usize): void {
  const M = args.M;
  for (let four = begin; four < end; four++) {
    for (let m = 0; m < M; m++) dotFour(args, m, 4 * four);
  }
}
