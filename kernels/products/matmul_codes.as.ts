// C = op(A)·(codes · their rows' scales) (+ R) (+ C). The twin of matmul_codes.wgsl.
// As matmul.as.ts; the codes are dequantized while they are packed. Where A may be rounded and a row of codes has one
// scale: in integers, see byte_product.as.ts for 8 bits, integer_product.as.ts for 16.
import { MatmulCodesArguments } from "./arguments.as";
import { multiplyBytes, packWords } from "./parts/byte_product.as";
import { multiplyPairs, packPairs } from "./parts/integer_product.as";
import { PACK_UNIT } from "./parts/panels.as";
import { multiplyPanels } from "./parts/product.as";

/** Whether A is rounded to 8 bits. Its scales are per row, so it must lie in rows. */
// @inline
function inBytes(args: MatmulCodesArguments): bool {
  return ASC_FEATURE_RELAXED_SIMD && args.BITS_A == 8 && args.GROUP == 0 &&
    !args.TRANSPOSE_A && (!args.HAS_RESIDUAL || !args.ACCUMULATE);
}

/** Whether A is rounded to 16 bits. */
// @inline
function inPairs(args: MatmulCodesArguments): bool {
  return args.BITS_A <= 16 && args.GROUP == 0;
}

/** Packs eight columns of codes; where a row ends after one more word, the next four columns do not exist. */
function packCodes(
  from: usize,
  stride: usize,
  half: bool,
  scales: usize,
  K: i32,
  panel: usize,
): void {
  for (let k = 0; k < K; k++) {
    const eight = i16x8.extend_low_i8x16_s(half ? v128.load32_zero(from) : v128.load64_zero(from));
    const scale = v128.load32_splat(scales);
    const low = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(eight));
    const high = f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(eight));
    v128.store(panel, f32x4.mul(low, scale));
    v128.store(panel, f32x4.mul(high, scale), 16);
    from += stride;
    scales += 4;
    panel += 32;
  }
}

export function matmulCodesPack(
  args: MatmulCodesArguments,
  begin: i32,
  end: i32,
  scratch: usize,
): void {
  const N = args.N;
  const K = args.K;
  const group = args.GROUP;
  const stride = (N + 3) & ~3;
  const last = min(end * PACK_UNIT, N);
  if (inBytes(args)) {
    for (let n = begin * PACK_UNIT; n < last; n += 8) {
      packWords(args.codes, stride, n, K, scratch);
    }
    return;
  }
  if (inPairs(args)) {
    for (let n = begin * PACK_UNIT; n < last; n += 8) {
      packPairs(args.codes, stride, n, K, scratch);
    }
    return;
  }
  for (let n = begin * PACK_UNIT; n < last; n += 8) {
    // Eight columns are of one group.
    const scales = group > 0 ? <usize> (n / group * K) << 2 : 0;
    packCodes(
      args.codes + <usize> n,
      <usize> stride,
      n + 8 > stride,
      args.scales + scales,
      K,
      scratch + (<usize> n * <usize> K << 2),
    );
  }
}

export function matmulCodes(
  args: MatmulCodesArguments,
  begin: i32,
  end: i32,
  scratch: usize,
): void {
  if (inBytes(args)) {
    const residual = args.HAS_RESIDUAL ? args.residual : 0;
    multiplyBytes(
      begin,
      end,
      args.a,
      args.scales,
      scratch,
      args.ACCUMULATE ? args.c : residual,
      args.c,
      args.M,
      args.N,
      args.K,
    );
    return;
  }
  if (inPairs(args)) {
    multiplyPairs(
      begin,
      end,
      args.a,
      args.TRANSPOSE_A,
      args.scales,
      scratch,
      args.HAS_RESIDUAL ? args.residual : 0,
      args.c,
      args.M,
      args.N,
      args.K,
      args.ACCUMULATE,
    );
    return;
  }
  multiplyPanels(
    begin,
    end,
    args.a,
    args.TRANSPOSE_A,
    scratch,
    args.HAS_RESIDUAL ? args.residual : 0,
    0,
    args.c,
    args.M,
    args.N,
    args.K,
    args.ACCUMULATE,
  );
}
