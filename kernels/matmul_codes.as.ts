// C = op(A)·(codes · their rows' steps) (+ R) (+ C). The twin of matmul_codes.wgsl.
// 0 A   1 Q   2 s   3 R or 0   4 C   5 M   6 N   7 K   8 TRANSPOSE_A   9 HAS_RESIDUAL   10 ACCUMULATE
// As matmul.as.ts; the codes are dequantized while they are packed.
import { integer, pointer } from "./simd.as";
import { multiplyTiles, transposeWords } from "./product.as";

/** Address of the transposed A: after the panels. */
function transposedA(scratch: usize, N: i32, K: i32): usize {
  return scratch + (<usize> ((N + 7) & ~7) * <usize> K << 2);
}

function packPanel(codes: usize, steps: usize, n: i32, N: i32, K: i32, panel: usize): void {
  const stride = <usize> ((N + 3) & ~3);
  const whole = n + 8 <= <i32> stride;
  let from = codes + <usize> n;
  for (let k = 0; k < K; k++) {
    // Where a row ends after one more word, the next four columns do not exist.
    const eight = i16x8.extend_low_i8x16_s(whole ? v128.load64_zero(from) : v128.load32_zero(from));
    const step = v128.load32_splat(steps);
    const low = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(eight));
    const high = f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(eight));
    v128.store(panel, f32x4.mul(low, step));
    v128.store(panel, f32x4.mul(high, step), 16);
    from += stride;
    steps += 4;
    panel += 32;
  }
}

export function matmulCodesPack(args: usize, begin: i32, end: i32, scratch: usize): void {
  const M = integer(args, 5);
  const N = integer(args, 6);
  const K = integer(args, 7);
  const panels = (N + 7) / 8;
  for (let unit = begin; unit < end; unit++) {
    if (unit < panels) {
      const panel = scratch + (<usize> unit * <usize> K << 5);
      packPanel(pointer(args, 1), pointer(args, 2), unit * 8, N, K, panel);
      continue;
    }
    const m = (unit - panels) * 8;
    transposeWords(
      pointer(args, 0) + (<usize> m << 2),
      <usize> M << 2,
      K,
      min(8, M - m),
      transposedA(scratch, N, K) + (<usize> m * <usize> K << 2),
      <usize> K << 2,
    );
  }
}

export function matmulCodes(args: usize, begin: i32, end: i32, scratch: usize): void {
  const M = integer(args, 5);
  const N = integer(args, 6);
  const K = integer(args, 7);
  multiplyTiles(
    begin,
    end,
    integer(args, 8) != 0 ? transposedA(scratch, N, K) : pointer(args, 0),
    scratch,
    integer(args, 9) != 0 ? pointer(args, 3) : 0,
    pointer(args, 4),
    M,
    N,
    K,
    integer(args, 10) != 0,
  );
}
