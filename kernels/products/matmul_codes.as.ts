// C = op(A)·(codes · their rows' scales) (+ R) (+ C). The twin of matmul_codes.wgsl.
// 0 A   1 Q   2 s   3 R or 0   4 C   5 M   6 N   7 K   8 GROUP   9 TRANSPOSE_A   10 HAS_RESIDUAL   11 ACCUMULATE
// 12 BITS_A
// As matmul.as.ts; the codes are dequantized while they are packed. Where A may be rounded and a row of codes has one
// scale: in integers, see byte_product.as.ts for 8 bits, integer_product.as.ts for 16.
import { multiplyBytes, packWords } from "./byte_product.as";
import { multiplyPairs, packPairs } from "./integer_product.as";
import { PACK_UNIT } from "./panels.as";
import { multiplyPanels } from "./product.as";
import { integer, pointer } from "../shared/simd.as";

/** Whether A is rounded to 8 bits. Its scales are per row, so it must lie in rows. */
// @inline
function inBytes(args: usize): bool {
  return ASC_FEATURE_RELAXED_SIMD && integer(args, 12) == 8 && integer(args, 8) == 0 &&
    integer(args, 9) == 0 && (integer(args, 10) == 0 || integer(args, 11) == 0);
}

/** Whether A is rounded to 16 bits. */
// @inline
function inPairs(args: usize): bool {
  return integer(args, 12) <= 16 && integer(args, 8) == 0;
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

export function matmulCodesPack(args: usize, begin: i32, end: i32, scratch: usize): void {
  const N = integer(args, 6);
  const K = integer(args, 7);
  const group = integer(args, 8);
  const stride = (N + 3) & ~3;
  const last = min(end * PACK_UNIT, N);
  if (inBytes(args)) {
    for (let n = begin * PACK_UNIT; n < last; n += 8) {
      packWords(pointer(args, 1), stride, n, K, scratch);
    }
    return;
  }
  if (inPairs(args)) {
    for (let n = begin * PACK_UNIT; n < last; n += 8) {
      packPairs(pointer(args, 1), stride, n, K, scratch);
    }
    return;
  }
  for (let n = begin * PACK_UNIT; n < last; n += 8) {
    // Eight columns are of one group.
    const scales = group > 0 ? <usize> (n / group * K) << 2 : 0;
    packCodes(
      pointer(args, 1) + <usize> n,
      <usize> stride,
      n + 8 > stride,
      pointer(args, 2) + scales,
      K,
      scratch + (<usize> n * <usize> K << 2),
    );
  }
}

export function matmulCodes(args: usize, begin: i32, end: i32, scratch: usize): void {
  if (inBytes(args)) {
    const residual = integer(args, 10) != 0 ? pointer(args, 3) : 0;
    multiplyBytes(
      begin,
      end,
      pointer(args, 0),
      pointer(args, 2),
      scratch,
      integer(args, 11) != 0 ? pointer(args, 4) : residual,
      pointer(args, 4),
      integer(args, 5),
      integer(args, 6),
      integer(args, 7),
    );
    return;
  }
  if (inPairs(args)) {
    multiplyPairs(
      begin,
      end,
      pointer(args, 0),
      integer(args, 9) != 0,
      pointer(args, 2),
      scratch,
      integer(args, 10) != 0 ? pointer(args, 3) : 0,
      pointer(args, 4),
      integer(args, 5),
      integer(args, 6),
      integer(args, 7),
      integer(args, 11) != 0,
    );
    return;
  }
  multiplyPanels(
    begin,
    end,
    pointer(args, 0),
    integer(args, 9) != 0,
    scratch,
    integer(args, 10) != 0 ? pointer(args, 3) : 0,
    0,
    pointer(args, 4),
    integer(args, 5),
    integer(args, 6),
    integer(args, 7),
    integer(args, 11) != 0,
  );
}
