/**
 * The list of CPU kernels: what the argument block of each holds, and how its work is divided.
 *
 * @module
 */
import { WorkError } from "../../errors.ts";
import type { Dispatch } from "../device.ts";

/** Constants of a dispatch. */
export type Constants = Readonly<Record<string, number>>;

/** A part of a dispatch that starts when the part before it is done. */
export interface CpuPhase {
  /** Exported function. */
  readonly entry: string;
  /** Units of work. */
  readonly units: number;
  /** Units that one thread takes at a time. Chosen by size alone, never by the number of threads. */
  readonly grain: number;
}

/** A kernel: one file in `kernels/`, written in AssemblyScript. */
export interface CpuKernel {
  /** Constants in the order of the argument block, after the addresses. */
  readonly constants: readonly string[];
  /** Which of them are floats; the others are integers. */
  readonly floats?: readonly string[];
  /** The phases of a dispatch. */
  phases(constants: Constants, dispatch: Dispatch): readonly CpuPhase[];
  /** Memory that the phases of a dispatch share, in bytes. */
  scratchBytes?(constants: Constants): number;
  /** Memory after it that one thread has for itself while it works on a chunk, in bytes. */
  privateBytes?(constants: Constants): number;
}

/** One phase over the extent. */
const along =
  (entry: string, grain: number) => (_: Constants, { extent }: Dispatch): CpuPhase[] => [
    { entry, units: extent[0] * extent[1] * extent[2], grain },
  ];

/** Below this many multiplications the threads of a product would wait for each other more than they work. */
const SHARED_PRODUCTS = 200_000;

/**
 * The phases of a matrix product: packing what is packed in advance, then tiles of the result.
 *
 * @param packs Units of the first phase.
 * @param packed Elements of each.
 * @param tile Rows and columns of a tile of the result.
 */
function productPhases(
  entry: string,
  packs: number,
  packed: number,
  [tileM, tileN]: readonly [number, number],
  { M, N, K }: Constants,
): CpuPhase[] {
  const tiles = Math.ceil(M / tileM) * Math.ceil(N / tileN);
  const alone = M * N * K < SHARED_PRODUCTS;
  const grain = (units: number, target: number, unitWork: number) =>
    alone ? units : Math.max(1, Math.floor(target / unitWork));
  return [
    { entry: `${entry}Pack`, units: packs, grain: grain(packs, 16384, packed) },
    { entry, units: tiles, grain: grain(tiles, 400_000, tileM * tileN * K) },
  ];
}

/** The one phase of a product of few rows, which is not packed: a unit is four columns. */
function fewRowsPhase(entry: string, { M, N, K }: Constants): CpuPhase[] {
  const units = Math.ceil(N / 4);
  const alone = M * N * K < SHARED_PRODUCTS;
  return [{ entry, units, grain: alone ? units : Math.max(1, Math.floor(65536 / (4 * M * K))) }];
}

/** Units as `kernels/product.as.ts` has them: PACK_UNIT, TILE_M and TILE_N. */
function floatProductPhases(entry: string, constants: Constants): CpuPhase[] {
  const { N, K } = constants;
  return productPhases(entry, Math.ceil(N / 16), 16 * K, [32, 256], constants);
}

/** Panels of 8 columns of B. */
const floatProductScratch = ({ N, K }: Constants) => 4 * K * roundUp(N, 8);

/** A block of A: TILE_M rows of PASS_K elements. */
const floatProductPrivate = ({ K }: Constants) => 4 * 32 * Math.min(256, K);

/** Parts and rows of a pass of a long product: PARTS and PASS_K in `kernels/long_product.as.ts`. */
const LONG_PARTS = 16;
const LONG_PASS = 256;
/** Below this inner dimension a product is not long. */
const LONG_K = 4096;
/** What a pass may occupy of the second-level cache. */
const LONG_BYTES = 1536 * 1024;

/** Packed factors of a pass of a long product, in bytes. */
const longProductPrivate = ({ M, N }: Constants) =>
  4 * LONG_PASS * (roundUp(M, 16) + roundUp(N, 16));

const longProductSumBytes = ({ M, N }: Constants) => 4 * roundUp(M, 4) * roundUp(N, 8);

/** Whether a float product is one of `kernels/long_product.as.ts`. */
function isLongProduct(constants: Constants): boolean {
  const { K, TRANSPOSE_A, TRANSPOSE_B, HAS_RESIDUAL, HAS_BIAS } = constants;
  return TRANSPOSE_A === 1 && !TRANSPOSE_B && !HAS_RESIDUAL && !HAS_BIAS && K >= LONG_K &&
    longProductPrivate(constants) + longProductSumBytes(constants) <= LONG_BYTES;
}

const longProductParts = ({ K }: Constants) =>
  Math.ceil(K / (LONG_PASS * Math.ceil(K / (LONG_PARTS * LONG_PASS))));

/** Phases of a long product: sums of parts, then the sums of these. */
function longProductPhases(constants: Constants): CpuPhase[] {
  const parts = longProductParts(constants);
  const { M, N } = constants;
  return [
    { entry: "longProduct", units: parts, grain: 1 },
    { entry: "longProductSum", units: M, grain: Math.ceil(16384 / (N * parts)) },
  ];
}

/** One phase over rows: as many at a time as make about 8192 elements. */
const rows = (entry: string, units: number, columns: number): CpuPhase[] => [
  { entry, units, grain: Math.max(1, Math.round(8192 / columns)) },
];

/** Positions that the attention kernels take at a time: TILE in `kernels/attention_tiles.as.ts`. */
const ATTENTION_TILE = 72;

const attentionConstants = {
  constants: ["T", "D", "HEADS", "GROUP", "CAUSAL", "SCALE"],
  floats: ["SCALE"],
} as const;

/** One phase over `units` of attention, each of so many products of tiles. */
function attentionPhases(
  entry: string,
  units: number,
  products: number,
  rows: number,
  { T, D, CAUSAL }: Constants,
): CpuPhase[] {
  const work = products * rows * (CAUSAL ? (T + 1) / 2 : T) * D;
  return [{ entry, units, grain: Math.max(1, Math.floor(800_000 / work)) }];
}

/** Bytes of the rows of a tile, each of so many floats. */
const attentionBytes = (columns: number) => 4 * ATTENTION_TILE * columns;

const roundUp = (value: number, step: number) => Math.ceil(value / step) * step;

/** Rows per unit of the gradient of the norm: ROWS_AT_A_TIME in `kernels/rms_norm_backward.as.ts`. */
const NORM_ROWS = 32;

const normBackwardRowBytes = (D: number) => 4 * roundUp(D, 16);

/** Rows per unit of a sum over rows: ROWS_AT_A_TIME in the kernels that have one. */
const SUMMED_ROWS = 32;

/** Phases of a sum over rows: blocks of rows first, then over the blocks, whose units are columns. */
const rowSumPhases = (entry: string, finish: string, rows: number, columns: number): CpuPhase[] => [
  {
    entry,
    units: Math.ceil(rows / SUMMED_ROWS),
    grain: Math.ceil(16384 / (columns * SUMMED_ROWS)),
  },
  { entry: finish, units: columns, grain: 512 },
];

/** Scratch of a sum over rows: a padded row per block. */
const rowSumBytes = (rows: number, columns: number) =>
  Math.ceil(rows / SUMMED_ROWS) * 4 * roundUp(columns, 16);

/** Kernels by name. */
const kernels: Readonly<Record<string, CpuKernel>> = {
  activation: { constants: ["COUNT", "KIND"], phases: along("activation", 2048) },
  activation_backward: {
    constants: ["COUNT", "KIND"],
    phases: along("activationBackward", 2048),
  },
  activation_quantize: {
    constants: ["D", "KIND", "BITS"],
    phases: ({ ROWS, D }) => [
      { entry: "activationQuantize", units: ROWS, grain: Math.ceil(8192 / D) },
    ],
    privateBytes: ({ D }) => 4 * roundUp(D, 4),
  },
  adamw: {
    constants: [
      ...["COUNT", "DECAY_COUNT", "PARTIALS", "MICRO_BATCHES", "LOSS_STRIDE", "HISTORY", "RECORD"],
    ],
    phases: along("adamw", 16384),
  },
  add: { constants: ["COUNT", "HAS_B", "ACCUMULATE"], phases: along("add", 16384) },
  add_positions: {
    constants: ["T", "C", "CLASS"],
    phases: ({ COUNT, T, C }) => rows("addPositions", COUNT / (T * C), T * C),
  },
  add_positions_backward: {
    constants: ["B", "T", "C", "CLASS", "ACCUMULATE_POSITIONS", "ACCUMULATE_TOKEN"],
    phases: ({ B, T, C }) => rows("addPositionsBackward", Math.ceil(T * C / 16), 16 * B),
  },
  attention: {
    ...attentionConstants,
    phases(constants, { extent: [, heads, batch] }) {
      const { T } = constants;
      const units = Math.ceil(T / ATTENTION_TILE) * heads * batch;
      return attentionPhases("attention", units, 2, Math.min(T, ATTENTION_TILE), constants);
    },
    privateBytes: ({ D }) => attentionBytes(4 * roundUp(D, 8) + 12),
  },
  attention_backward_key_value: {
    ...attentionConstants,
    phases(constants, { extent: [, keyHeads, batch] }) {
      const { T, GROUP } = constants;
      return attentionPhases("attentionBackward", keyHeads * batch, 5 * GROUP, T, constants);
    },
    privateBytes: ({ D }) => attentionBytes(10 * roundUp(D, 8) + 2 * ATTENTION_TILE + 4),
  },
  // The queries are done together with the keys and values: their scores are the same.
  attention_backward_query: {
    ...attentionConstants,
    phases({ T, D }, { extent: [, heads, batch] }) {
      return rows("attentionBackwardDelta", batch * T, heads * D);
    },
  },
  attention_probabilities: {
    constants: ["T", "D", "HEADS", "GROUP", "CAUSAL", "SCALE"],
    floats: ["SCALE"],
    phases: ({ T, D }, { extent }) =>
      rows("attentionProbabilities", extent[0] * extent[1] * extent[2], T * D),
  },
  bitlinear: {
    constants: ["M", "N", "K", "GROUP", "HAS_RESIDUAL", "HAS_BIAS"],
    phases(constants) {
      const { M, N, K } = constants;
      if (M <= 2) return fewRowsPhase("bitlinearRows", constants);
      const packs = Math.ceil(N / 8) + Math.ceil(M / 8);
      return productPhases("bitlinear", packs, 8 * K, [64, 128], constants);
    },
    scratchBytes({ M, N, K, GROUP }) {
      const groups = GROUP > 0 ? Math.ceil(K / GROUP) : 1;
      return Math.ceil(N / 8) * (16 + 8 * roundUp(K, 4)) +
        Math.ceil(M / 4) * (16 * groups + 4 * roundUp(K, 4));
    },
  },
  broadcast_add: {
    constants: ["PERIOD"],
    phases: ({ COUNT, PERIOD }) => rows("broadcastAdd", COUNT / PERIOD, PERIOD),
  },
  ceiling_copy: { constants: ["COUNT"], phases: along("ceilingCopy", 16384) },
  ceiling_fma: { constants: ["ROUNDS"], phases: along("ceilingFma", 1024) },
  column_sum: {
    constants: ["ROWS", "COLUMNS", "ACCUMULATE"],
    phases: ({ ROWS, COLUMNS }) => rowSumPhases("columnSum", "columnSumFinish", ROWS, COLUMNS),
    scratchBytes: ({ ROWS, COLUMNS }) => rowSumBytes(ROWS, COLUMNS),
  },
  cross_entropy: {
    constants: ["N", "V", "SMOOTHING"],
    floats: ["SMOOTHING"],
    phases: ({ N, V }) => rows("crossEntropy", N, V),
  },
  cross_entropy_backward: {
    constants: ["N", "V", "SMOOTHING"],
    floats: ["SMOOTHING"],
    phases: ({ N, V }) => rows("crossEntropyBackward", N, V),
  },
  cross_entropy_mean: { constants: ["N", "V"], phases: along("crossEntropyMean", 1) },
  dropout: {
    constants: ["COUNT", "SALT", "THRESHOLD", "SCALE", "GROUP", "HAS_RESIDUAL"],
    floats: ["SCALE"],
    phases: along("dropout", 2048),
  },
  embedding: { constants: ["N", "V", "C"], phases: ({ N, C }) => rows("embedding", N, C) },
  embedding_backward: {
    constants: ["N", "V", "C", "ACCUMULATE"],
    phases: ({ C }) => [{ entry: "embeddingBackward", units: Math.ceil(C / 128), grain: 1 }],
  },
  fold: {
    constants: [
      ...["C", "H", "W", "OUT_H", "OUT_W", "KERNEL", "STRIDE", "PADDING", "CHANNELS_LAST"],
      "HAS_PENDING",
    ],
    phases: ({ COUNT, C, KERNEL }) => rows("fold", COUNT / C, C * KERNEL ** 2),
    privateBytes: ({ KERNEL }) => 4 * KERNEL ** 2,
  },
  glu: { constants: ["M", "F", "KIND"], phases: ({ M, F }) => rows("glu", M, F) },
  glu_backward: {
    constants: ["M", "F", "KIND"],
    phases: ({ M, F }) => rows("gluBackward", M, F),
  },
  gradient_norm: { constants: ["COUNT"], phases: along("gradientNorm", 16) },
  layer_norm: {
    constants: ["D", "EPS", "BITS"],
    floats: ["EPS"],
    phases: ({ ROWS, D }) => [
      { entry: "layerNorm", units: ROWS, grain: Math.ceil(16384 / D) },
    ],
    privateBytes: ({ D }) => 4 * roundUp(D, 4),
  },
  layer_norm_backward: {
    constants: ["ROWS", "D", "HAS_PENDING", "ACCUMULATE_W", "ACCUMULATE_B"],
    phases: ({ ROWS, D }) =>
      rowSumPhases("layerNormBackward", "layerNormBackwardParameters", ROWS, D),
    scratchBytes: ({ ROWS, D }) => 2 * rowSumBytes(ROWS, D),
  },
  matmul: {
    constants: [
      ...["M", "N", "K", "TRANSPOSE_A", "TRANSPOSE_B", "HAS_RESIDUAL", "HAS_BIAS", "ACCUMULATE"],
    ],
    phases(constants) {
      const { M, TRANSPOSE_A, TRANSPOSE_B } = constants;
      if (M <= 8 && !TRANSPOSE_A && TRANSPOSE_B) return fewRowsPhase("matmulRows", constants);
      if (isLongProduct(constants)) return longProductPhases(constants);
      return floatProductPhases("matmul", constants);
    },
    scratchBytes: (constants) =>
      isLongProduct(constants)
        ? longProductParts(constants) * longProductSumBytes(constants)
        : floatProductScratch(constants),
    privateBytes: (constants) =>
      isLongProduct(constants) ? longProductPrivate(constants) : floatProductPrivate(constants),
  },
  matmul_codes: {
    constants: ["M", "N", "K", "GROUP", "TRANSPOSE_A", "HAS_RESIDUAL", "ACCUMULATE", "BITS_A"],
    phases: (constants) => floatProductPhases("matmulCodes", constants),
    // Panels of bytes have an offset in front and are filled up to four rows.
    scratchBytes: ({ N, K }) => Math.max(32 * K, 16 + 32 * Math.ceil(K / 4)) * Math.ceil(N / 8),
    // A block of A, and the steps and sums of its rows where it is rounded.
    privateBytes: (constants) => floatProductPrivate(constants) + 1024,
  },
  max_pool: {
    constants: ["C", "H", "W", "OUT_H", "OUT_W", "KERNEL", "STRIDE", "PADDING"],
    phases: ({ COUNT, C, KERNEL }) => rows("maxPool", COUNT / C, C * KERNEL),
  },
  max_pool_backward: {
    constants: [
      ...["C", "H", "W", "OUT_H", "OUT_W", "KERNEL", "STRIDE", "PADDING", "HAS_PENDING"],
    ],
    phases: ({ COUNT, C, KERNEL }) => rows("maxPoolBackward", COUNT / C, C * KERNEL),
  },
  pool: {
    constants: ["T", "C", "MODE"],
    phases: ({ B, T, C }) => rows("pool", B, T * C),
  },
  pool_backward: {
    constants: ["T", "C", "MODE", "HAS_PENDING"],
    phases: ({ B, T, C }) => rows("poolBackward", B, T * C),
  },
  quantize_tensor: {
    constants: ["D", "BITS"],
    phases: ({ ROWS, D }) => rows("quantizeTensor", ROWS, D),
  },
  quantize_weights: { constants: ["ROWS"], phases: along("quantizeWeights", 128) },
  rms_norm: {
    constants: ["D", "EPS", "BITS", "GLU", "NORM", "PEAKS"],
    floats: ["EPS"],
    phases: ({ ROWS, D, GLU }) => [
      { entry: "rmsNorm", units: ROWS, grain: Math.ceil((GLU ? 8192 : 16384) / D) },
    ],
    privateBytes: ({ D }) => 8 * roundUp(D, 4),
  },
  rms_norm_backward: {
    constants: ["ROWS", "D", "GLU", "HAS_PENDING", "ACCUMULATE"],
    phases: ({ ROWS, D, GLU }) => [
      {
        entry: "rmsNormBackward",
        units: Math.ceil(ROWS / NORM_ROWS),
        grain: Math.ceil((GLU ? 8192 : 16384) / (D * NORM_ROWS)),
      },
      { entry: "rmsNormBackwardGain", units: D, grain: 512 },
    ],
    scratchBytes: ({ ROWS, D }) => Math.ceil(ROWS / NORM_ROWS) * normBackwardRowBytes(D),
    privateBytes: ({ D }) => normBackwardRowBytes(D),
  },
  rope: {
    constants: ["T", "HEADS", "ROTATED", "HALF", "INVERSE"],
    phases: ({ COUNT, HEADS, HALF }) => [{
      entry: "rope",
      units: COUNT / (HEADS * HALF),
      grain: Math.ceil(16384 / (HEADS * HALF)),
    }],
  },
  row_peaks: { constants: ["D"], phases: ({ ROWS, D }) => rows("rowPeaks", ROWS, D) },
  running_max: {
    constants: ["ROWS", "COUNT", "TRAINING"],
    phases: () => [{ entry: "runningMax", units: 1, grain: 1 }],
  },
  soft_cross_entropy: {
    constants: ["N", "V"],
    phases: ({ N, V }) => rows("softCrossEntropy", N, V),
  },
  soft_cross_entropy_backward: {
    constants: ["N", "V"],
    phases: ({ N, V }) => rows("softCrossEntropyBackward", N, V),
  },
  step_gradients: { constants: ["ROWS"], phases: along("stepGradients", 256) },
  unfold: {
    constants: [
      ...["C", "H", "W", "OUT_H", "OUT_W", "KERNEL", "STRIDE", "PADDING", "CHANNELS_LAST"],
    ],
    phases({ COUNT, C, KERNEL }) {
      const columns = C * KERNEL ** 2;
      return rows("unfold", COUNT / columns, columns);
    },
    privateBytes: ({ C, KERNEL }) => 4 * (KERNEL ** 2 + C),
  },
  weight_gradients: { constants: ["ROWS"], phases: along("weightGradients", 64) },
  weight_medians: {
    constants: ["ROWS"],
    phases: along("weightMedians", 16),
    privateBytes: () => 1024,
  },
  weight_statistics: { constants: ["ROWS"], phases: along("weightStatistics", 64) },
};

/** The kernel of a dispatch. */
export function cpuKernel(name: string): CpuKernel {
  const kernel = kernels[name];
  if (!kernel) throw new WorkError(`Cannot run kernel ${name}: there is no CPU kernel for it`);
  return kernel;
}

/** Names of all kernels, for the tests that compare devices. */
export function cpuKernelNames(): string[] {
  return Object.keys(kernels);
}
