/**
 * The list of CPU kernels: what the argument block of each holds, and how its work is divided.
 *
 * @module
 */
import { WorkError } from "../../errors.ts";
import {
  ATTENTION_TILE,
  attentionBytes,
  attentionConstants,
  attentionPhases,
} from "./attention_phases.ts";
import {
  fewRowsPhase,
  floatProductPhases,
  floatProductPrivate,
  floatProductScratch,
  isLongProduct,
  longProductParts,
  longProductPhases,
  longProductPrivate,
  longProductSumBytes,
  productPhases,
} from "./product_phases.ts";
import { along, CHUNK, rows, rowSumBytes, rowSumPhases } from "./row_phases.ts";
import { type CpuKernel, roundUp } from "./kernel.ts";

/** What a thread needs to find a median: SCRATCH_BYTES of `kernels/quantizers/kth_magnitude.as.ts`. */
const MEDIAN_BYTES = 4 * (1024 + 2 ** 17 + 4 * 256 + 4);

/** Kernels by name. */
const kernels: Readonly<Record<string, CpuKernel>> = {
  activation: { constants: ["COUNT", "KIND"], phases: along("activation", 2048) },
  activation_backward: {
    constants: ["COUNT", "KIND"],
    phases: along("activationBackward", 2048),
  },
  activation_quantize: {
    constants: ["D", "KIND", "BITS"],
    phases: ({ ROWS, D }) => rows("activationQuantize", ROWS, D),
    privateBytes: ({ D }) => 4 * roundUp(D, 4),
  },
  adamw: {
    constants: [
      ...["COUNT", "DECAY_COUNT", "PARTIALS", "MICRO_BATCHES", "LOSS_STRIDE", "HISTORY", "RECORD"],
    ],
    phases: along("adamw", CHUNK),
  },
  add: { constants: ["COUNT", "HAS_B", "ACCUMULATE"], phases: along("add", CHUNK) },
  add_positions: {
    constants: ["T", "C", "CLASS"],
    phases: ({ COUNT, T, C }) => rows("addPositions", COUNT / (T * C), T * C),
  },
  add_positions_backward: {
    constants: ["B", "T", "C", "CLASS", "ACCUMULATE_POSITIONS", "ACCUMULATE_TOKEN"],
    // 4 KiB of every sequence at a time: memory gives shorter runs much more slowly.
    phases: ({ T, C }) => [
      { entry: "addPositionsBackward", units: Math.ceil(T * C / 16), grain: 64 },
    ],
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
  ceiling_copy: { constants: ["COUNT"], phases: along("ceilingCopy", CHUNK / 4) },
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
    phases: ({ V, C, ACCUMULATE }) => [
      // A small table stays with one thread, in whose cache the sums are then made.
      ...ACCUMULATE
        ? []
        : [{ entry: "embeddingBackwardClear", units: V, grain: Math.ceil(16 * CHUNK / C) }],
      { entry: "embeddingBackward", units: 1, grain: 1 },
    ],
  },
  fold: {
    constants: [
      ...["C", "H", "W", "OUT_H", "OUT_W", "KERNEL", "STRIDE", "PADDING", "HAS_PENDING"],
    ],
    phases({ COUNT, C, H, W, CHANNELS_LAST }) {
      if (!CHANNELS_LAST) return rows("fold", COUNT / (C * W), C * W);
      // Whole images if there are enough of them: windows over two parts are read twice.
      const units = COUNT / (C * W);
      return [{ entry: "foldPixels", units, grain: Math.min(H, Math.ceil(units / 8)) }];
    },
    privateBytes: ({ C, KERNEL }) => 4 * (KERNEL ** 2 + C),
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
    // Two rows go together.
    phases: ({ ROWS, D }) => [
      { entry: "layerNorm", units: ROWS, grain: Math.max(2, Math.round(CHUNK / D)) },
    ],
    privateBytes: ({ D }) => 8 * roundUp(D, 4),
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
    // A block of A, and the scales and sums of its rows where it is rounded.
    privateBytes: (constants) => floatProductPrivate(constants) + 1024,
  },
  max_pool: {
    constants: ["C", "H", "W", "OUT_H", "OUT_W", "KERNEL", "STRIDE", "PADDING"],
    phases({ COUNT, C, OUT_W, STRIDE }) {
      const columns = OUT_W * C;
      return rows("maxPool", COUNT / columns, columns * STRIDE);
    },
    privateBytes: ({ C, KERNEL }) => 4 * (KERNEL ** 2 + C),
  },
  max_pool_backward: {
    constants: [
      ...["C", "H", "W", "OUT_H", "OUT_W", "KERNEL", "STRIDE", "PADDING", "HAS_PENDING"],
    ],
    phases({ COUNT, C, H, W, KERNEL, STRIDE, PADDING, HAS_PENDING }) {
      if (KERNEL === 3 && STRIDE === 2 && PADDING === 1 && C % 4 === 0 && !HAS_PENDING) {
        const rowsOfCells = Math.floor((H + 2) / 2);
        return rows("maxPoolOverlap", COUNT / (C * H * W) * rowsOfCells, 2 * C * W);
      }
      return rows("maxPoolBackward", COUNT / C, C * KERNEL);
    },
    privateBytes: ({ C }) => 12 * C,
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
    phases: ({ ROWS, D }) => rows("rmsNorm", ROWS, D),
    privateBytes: ({ D }) => 8 * roundUp(D, 4),
  },
  rms_norm_backward: {
    constants: ["ROWS", "D", "GLU", "HAS_PENDING", "ACCUMULATE"],
    phases: ({ ROWS, D }) => rowSumPhases("rmsNormBackward", "rmsNormBackwardGain", ROWS, D),
    scratchBytes: ({ ROWS, D }) => rowSumBytes(ROWS, D),
    privateBytes: ({ D }) => rowSumBytes(1, D),
  },
  rope: {
    constants: ["T", "HEADS", "ROTATED", "HALF", "INVERSE"],
    phases: ({ COUNT, HEADS, HALF }) => rows("rope", COUNT / (HEADS * HALF), HEADS * HALF),
  },
  row_peaks: { constants: ["D"], phases: ({ ROWS, D }) => rows("rowPeaks", ROWS, D) },
  running_max: {
    constants: ["ROWS", "COUNT", "TRAINING"],
    phases: () => [{ entry: "runningMax", units: 1, grain: 1 }],
  },
  scale_gradients: { constants: ["ROWS"], phases: along("scaleGradients", 256) },
  soft_cross_entropy: {
    constants: ["N", "V"],
    phases: ({ N, V }) => rows("softCrossEntropy", N, V),
  },
  soft_cross_entropy_backward: {
    constants: ["N", "V"],
    phases: ({ N, V }) => rows("softCrossEntropyBackward", N, V),
  },
  unfold: {
    constants: ["C", "H", "W", "OUT_H", "OUT_W", "KERNEL", "STRIDE", "PADDING"],
    phases({ COUNT, C, OUT_W, KERNEL, CHANNELS_LAST }) {
      const columns = C * KERNEL ** 2;
      if (!CHANNELS_LAST) return rows("unfold", COUNT / columns, columns);
      return rows("unfoldPixels", COUNT / (columns * OUT_W), columns * OUT_W);
    },
    privateBytes: ({ C, KERNEL }) => 4 * (KERNEL ** 2 + C),
  },
  weight_gradients: { constants: ["ROWS"], phases: along("weightGradients", 64) },
  weight_medians: {
    constants: ["ROWS"],
    phases: along("weightMedians", 16),
    privateBytes: () => MEDIAN_BYTES,
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
