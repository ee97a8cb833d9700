// C = op(A)·op(B) (+ R) (+ C). The twin of matmul.wgsl.
// 0 A   1 B   2 R or 0   3 C   4 M   5 N   6 K   7 TRANSPOSE_A   8 TRANSPOSE_B   9 HAS_RESIDUAL   10 ACCUMULATE
// First B is packed into panels of 8 columns (one unit per panel) and a stored Aᵀ is transposed (one unit per 8
// rows of A), then tiles of C are computed (product.as.ts).
import { integer, pointer } from "./simd.as";
import { multiplyTiles, transposeWords } from "./product.as";

/** Address of the transposed A: after the panels. */
function transposedA(scratch: usize, N: i32, K: i32): usize {
  return scratch + (<usize> ((N + 7) & ~7) * <usize> K << 2);
}

function packPanel(b: usize, n: i32, N: i32, K: i32, transposed: bool, panel: usize): void {
  const columns = min(8, N - n);
  if (columns < 8) memory.fill(panel, 0, <usize> K << 5);
  if (transposed) {
    const stride = <usize> K << 2;
    transposeWords(b + <usize> n * stride, stride, columns, K, panel, 32);
    return;
  }
  const stride = <usize> N << 2;
  let from = b + (<usize> n << 2);
  for (let k = 0; k < K; k++) {
    if (columns == 8) {
      v128.store(panel, v128.load(from));
      v128.store(panel, v128.load(from, 16), 16);
    } else memory.copy(panel, from, <usize> columns << 2);
    from += stride;
    panel += 32;
  }
}

export function matmulPack(args: usize, begin: i32, end: i32, scratch: usize): void {
  const M = integer(args, 4);
  const N = integer(args, 5);
  const K = integer(args, 6);
  const panels = (N + 7) / 8;
  for (let unit = begin; unit < end; unit++) {
    if (unit < panels) {
      const panel = scratch + (<usize> unit * <usize> K << 5);
      packPanel(pointer(args, 1), unit * 8, N, K, integer(args, 8) != 0, panel);
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

export function matmul(args: usize, begin: i32, end: i32, scratch: usize): void {
  const M = integer(args, 4);
  const N = integer(args, 5);
  const K = integer(args, 6);
  multiplyTiles(
    begin,
    end,
    integer(args, 7) != 0 ? transposedA(scratch, N, K) : pointer(args, 0),
    scratch,
    integer(args, 9) != 0 ? pointer(args, 2) : 0,
    pointer(args, 3),
    M,
    N,
    K,
    integer(args, 10) != 0,
  );
}
