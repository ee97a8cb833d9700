// Y = (X·Wᵀ as integers) · (x · w) (+ R) (+ b), codes times codes. The twin of bitlinear.wgsl.
// First X is packed into panels of 4 rows and W into panels of 8 (one unit per 8 rows of W, then one per 8 of X), which
// code_tiles.as.ts multiplies. That is exact, so that there is one rounding, as in WGSL. For one or two rows see
// bitlinear_rows.as.ts.
// Groups of the columns of W, with scales of their own, are products one after another: each adds to the one before.
import { BitlinearArguments } from "./arguments.as";
import { addOffset, signedTile, sumRows, unsignedTile } from "./parts/code_tiles.as";
import { transposeWords } from "./parts/panels.as";

/** Rows and columns of the result that are one unit of work. */
const TILE_M: i32 = 64;
const TILE_N: i32 = 128;

/**
 * Before its words a panel of W has its offset, 0 if it is not unsigned, and a panel of X the sums of its rows, of each
 * group.
 */
const HEADER: usize = 16;

/** Bytes of a panel of W; one of X has half the words. */
function panelBytes(words: i32): usize {
  return HEADER + (<usize> words << 5);
}

/** Address of panel `i` of X: after those of W. */
function panelOfX(scratch: usize, N: i32, words: i32, groups: i32, i: i32): usize {
  return scratch + <usize> ((N + 7) / 8) * panelBytes(words) +
    <usize> i * (<usize> groups * HEADER + (<usize> words << 4));
}

/** Words of a row that share a scale. */
export function wordsOfGroup(args: BitlinearArguments): i32 {
  const size = args.GROUP;
  return (size > 0 ? min(size, args.K) : args.K) + 3 >> 2;
}

/** Packs up to `width` rows. */
function packRows(codes: usize, row: i32, count: i32, words: i32, width: i32, to: usize): void {
  const stride = <usize> words << 2;
  const rows = min(width, count - row);
  if (rows < width) memory.fill(to, 0, <usize> width * stride);
  transposeWords(codes + <usize> row * stride, stride, rows, words, to, <usize> width << 2);
}

export function bitlinearPack(
  args: BitlinearArguments,
  begin: i32,
  end: i32,
  scratch: usize,
): void {
  const M = args.M;
  const N = args.N;
  const words = (args.K + 3) / 4;
  const groupWords = wordsOfGroup(args);
  const groups = (words + groupWords - 1) / groupWords;
  const panels = (N + 7) / 8;
  for (let unit = begin; unit < end; unit++) {
    if (unit < panels) {
      const panel = scratch + <usize> unit * panelBytes(words);
      packRows(args.wCodes, 8 * unit, N, words, 8, panel + HEADER);
      let offset = 0;
      if (ASC_FEATURE_RELAXED_SIMD) offset = addOffset(panel + HEADER, panel + panelBytes(words));
      store<i32>(panel, offset);
      continue;
    }
    const mEnd = min(8 * (unit - panels + 1), M);
    for (let m = 8 * (unit - panels); m < mEnd; m += 4) {
      const panel = panelOfX(scratch, N, words, groups, m / 4);
      const x = panel + <usize> groups * HEADER;
      packRows(args.xCodes, m, M, words, 4, x);
      if (!ASC_FEATURE_RELAXED_SIMD) continue;
      for (let group = 0; group < groups; group++) {
        const first = group * groupWords;
        const last = min(first + groupWords, words);
        const sums = sumRows(x + (<usize> first << 4), x + (<usize> last << 4));
        v128.store(panel + <usize> group * HEADER, sums);
      }
    }
  }
}

/** Tiles of {@link TILE_M} × {@link TILE_N}, row of tiles by row of tiles. */
export function bitlinear(args: BitlinearArguments, begin: i32, end: i32, scratch: usize): void {
  const M = args.M;
  const N = args.N;
  const words = (args.K + 3) / 4;
  const groupWords = wordsOfGroup(args);
  const groups = (words + groupWords - 1) / groupWords;
  const hasResidual = args.HAS_RESIDUAL;
  const hasBias = args.HAS_BIAS;
  const stride = <usize> N << 2;
  const across = (N + TILE_N - 1) / TILE_N;
  for (let tile = begin; tile < end; tile++) {
    const m0 = tile / across * TILE_M;
    const n0 = tile % across * TILE_N;
    const mEnd = min(m0 + TILE_M, M);
    const nEnd = min(n0 + TILE_N, N);
    for (let n = n0; n < nEnd; n += 8) {
      const panel = scratch + <usize> (n / 8) * panelBytes(words);
      const offset = load<i32>(panel);
      const columns = min(8, nEnd - n);
      for (let group = 0; group < groups; group++) {
        const first = group * groupWords;
        const count = min(groupWords, words - first);
        const w = panel + HEADER + (<usize> first << 5);
        const wScales = args.wScales + (<usize> (group * N + n) << 2);
        const bias = hasBias && group == 0 ? args.bias + (<usize> n << 2) : 0;
        for (let m = m0; m < mEnd; m += 4) {
          const at = <usize> m * stride + (<usize> n << 2);
          const xPanel = panelOfX(scratch, N, words, groups, m / 4);
          const x = xPanel + <usize> groups * HEADER + (<usize> first << 4);
          const xScales = args.xScales + (<usize> m << 2);
          const y = args.y + at;
          const residual = group > 0 ? y : hasResidual ? args.residual + at : 0;
          const rows = min(4, mEnd - m);
          if (ASC_FEATURE_RELAXED_SIMD && offset != 0) {
            unsignedTile(
              x,
              xPanel + <usize> group * HEADER,
              w,
              offset,
              count,
              xScales,
              wScales,
              residual,
              bias,
              y,
              stride,
              rows,
              columns,
            );
            continue;
          }
          for (let half = 0; half < columns; half += 4) {
            const right = <usize> half << 2;
            signedTile(
              x,
              w + right,
              count,
              xScales,
              wScales + right,
              residual != 0 ? residual + right : 0,
              bias != 0 ? bias + right : 0,
              y + right,
              stride,
              rows,
              columns - half,
            );
          }
        }
      }
    }
  }
}
