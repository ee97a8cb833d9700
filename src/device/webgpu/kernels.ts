/**
 * The list of WGSL kernels: one line each. A kernel may have variants for different hardware or sizes;
 * the first that applies is taken.
 *
 * @module
 */
import { WorkError } from "../../errors.ts";
import type { Dispatch } from "../device.ts";
import activation from "../../../kernels/activation.wgsl" with { type: "text" };
import activationBackward from "../../../kernels/activation_backward.wgsl" with { type: "text" };
import activationQuantize from "../../../kernels/activation_quantize.wgsl" with { type: "text" };
import adamw from "../../../kernels/adamw.wgsl" with { type: "text" };
import add from "../../../kernels/add.wgsl" with { type: "text" };
import addPositions from "../../../kernels/add_positions.wgsl" with { type: "text" };
import addPositionsBackward from "../../../kernels/add_positions_backward.wgsl" with {
  type: "text",
};
import attention from "../../../kernels/attention.wgsl" with { type: "text" };
import attentionBackwardKeyValue from "../../../kernels/attention_backward_key_value.wgsl" with {
  type: "text",
};
import attentionBackwardQuery from "../../../kernels/attention_backward_query.wgsl" with {
  type: "text",
};
import attentionProbabilities from "../../../kernels/attention_probabilities.wgsl" with {
  type: "text",
};
import bitlinear from "../../../kernels/bitlinear.wgsl" with { type: "text" };
import bitlinearDirect from "../../../kernels/bitlinear_direct.wgsl" with { type: "text" };
import bitlinearSmall from "../../../kernels/bitlinear_small.wgsl" with { type: "text" };
import broadcastAdd from "../../../kernels/broadcast_add.wgsl" with { type: "text" };
import ceilingCopy from "../../../kernels/ceiling_copy.wgsl" with { type: "text" };
import ceilingFma from "../../../kernels/ceiling_fma.wgsl" with { type: "text" };
import columnSum from "../../../kernels/column_sum.wgsl" with { type: "text" };
import crossEntropy from "../../../kernels/cross_entropy.wgsl" with { type: "text" };
import crossEntropyBackward from "../../../kernels/cross_entropy_backward.wgsl" with {
  type: "text",
};
import crossEntropyMean from "../../../kernels/cross_entropy_mean.wgsl" with { type: "text" };
import dropout from "../../../kernels/dropout.wgsl" with { type: "text" };
import embedding from "../../../kernels/embedding.wgsl" with { type: "text" };
import embeddingBackward from "../../../kernels/embedding_backward.wgsl" with { type: "text" };
import fold from "../../../kernels/fold.wgsl" with { type: "text" };
import glu from "../../../kernels/glu.wgsl" with { type: "text" };
import gluBackward from "../../../kernels/glu_backward.wgsl" with { type: "text" };
import gradientNorm from "../../../kernels/gradient_norm.wgsl" with { type: "text" };
import layerNorm from "../../../kernels/layer_norm.wgsl" with { type: "text" };
import layerNormBackward from "../../../kernels/layer_norm_backward.wgsl" with { type: "text" };
import matmul from "../../../kernels/matmul.wgsl" with { type: "text" };
import matmulCodes from "../../../kernels/matmul_codes.wgsl" with { type: "text" };
import matmulCodesDirect from "../../../kernels/matmul_codes_direct.wgsl" with { type: "text" };
import matmulCodesSplit from "../../../kernels/matmul_codes_split.wgsl" with { type: "text" };
import matmulDirect from "../../../kernels/matmul_direct.wgsl" with { type: "text" };
import matmulSplit from "../../../kernels/matmul_split.wgsl" with { type: "text" };
import maxPool from "../../../kernels/max_pool.wgsl" with { type: "text" };
import maxPoolBackward from "../../../kernels/max_pool_backward.wgsl" with { type: "text" };
import pool from "../../../kernels/pool.wgsl" with { type: "text" };
import poolBackward from "../../../kernels/pool_backward.wgsl" with { type: "text" };
import quantizeTensor from "../../../kernels/quantize_tensor.wgsl" with { type: "text" };
import quantizeWeights from "../../../kernels/quantize_weights.wgsl" with { type: "text" };
import rmsNorm from "../../../kernels/rms_norm.wgsl" with { type: "text" };
import rmsNormBackward from "../../../kernels/rms_norm_backward.wgsl" with { type: "text" };
import rope from "../../../kernels/rope.wgsl" with { type: "text" };
import rowPeaks from "../../../kernels/row_peaks.wgsl" with { type: "text" };
import runningMax from "../../../kernels/running_max.wgsl" with { type: "text" };
import softCrossEntropy from "../../../kernels/soft_cross_entropy.wgsl" with { type: "text" };
import softCrossEntropyBackward from "../../../kernels/soft_cross_entropy_backward.wgsl" with {
  type: "text",
};
import scaleGradients from "../../../kernels/scale_gradients.wgsl" with { type: "text" };
import unfold from "../../../kernels/unfold.wgsl" with { type: "text" };
import weightGradients from "../../../kernels/weight_gradients.wgsl" with { type: "text" };
import weightMedians from "../../../kernels/weight_medians.wgsl" with { type: "text" };
import weightStatistics from "../../../kernels/weight_statistics.wgsl" with { type: "text" };

/** A compute shader with entry point `main`. */
export interface WgslKernel {
  /** File name in `kernels/`, for messages. */
  readonly file: string;
  readonly source: string;
  /** How much of the dispatch's extent one workgroup covers. */
  readonly tile: readonly [number, number, number];
  /** Whether this variant is the right one; absent: always. */
  readonly applies?: (dispatch: Dispatch, software: boolean) => boolean;
}

/** Fewer workgroups than this leave parts of a large GPU idle. */
const ENOUGH_WORKGROUPS = 128;

const onSoftware = (_: Dispatch, software: boolean) => software;

/** Whether square tiles of a matrix suffice to fill a GPU; kernels of large tiles write whole vectors. */
const fillsGpu = (tile: number) => ({ extent: [N, M] }: Dispatch) =>
  N % 4 === 0 && Math.ceil(M / tile) * Math.ceil(N / tile) >= ENOUGH_WORKGROUPS;

/** Variants by kernel name, preferred first. */
const kernels: Readonly<Record<string, readonly WgslKernel[]>> = {
  activation: [{ file: "activation.wgsl", source: activation, tile: [256, 1, 1] }],
  activation_backward: [{
    file: "activation_backward.wgsl",
    source: activationBackward,
    tile: [256, 1, 1],
  }],
  activation_quantize: [{
    file: "activation_quantize.wgsl",
    source: activationQuantize,
    tile: [1, 1, 1],
  }],
  adamw: [{ file: "adamw.wgsl", source: adamw, tile: [1024, 1, 1] }],
  add: [{ file: "add.wgsl", source: add, tile: [256, 1, 1] }],
  add_positions: [{ file: "add_positions.wgsl", source: addPositions, tile: [256, 1, 1] }],
  add_positions_backward: [{
    file: "add_positions_backward.wgsl",
    source: addPositionsBackward,
    tile: [256, 1, 1],
  }],
  attention: [{ file: "attention.wgsl", source: attention, tile: [1, 1, 1] }],
  attention_backward_key_value: [{
    file: "attention_backward_key_value.wgsl",
    source: attentionBackwardKeyValue,
    tile: [1, 1, 1],
  }],
  attention_backward_query: [{
    file: "attention_backward_query.wgsl",
    source: attentionBackwardQuery,
    tile: [1, 1, 1],
  }],
  attention_probabilities: [{
    file: "attention_probabilities.wgsl",
    source: attentionProbabilities,
    tile: [1, 1, 1],
  }],
  bitlinear: [
    {
      file: "bitlinear_direct.wgsl",
      source: bitlinearDirect,
      tile: [16, 32, 1],
      applies: onSoftware,
    },
    { file: "bitlinear.wgsl", source: bitlinear, tile: [64, 64, 1], applies: fillsGpu(64) },
    { file: "bitlinear_small.wgsl", source: bitlinearSmall, tile: [32, 32, 1] },
  ],
  broadcast_add: [{ file: "broadcast_add.wgsl", source: broadcastAdd, tile: [256, 1, 1] }],
  ceiling_copy: [{ file: "ceiling_copy.wgsl", source: ceilingCopy, tile: [1024, 1, 1] }],
  ceiling_fma: [{ file: "ceiling_fma.wgsl", source: ceilingFma, tile: [256, 1, 1] }],
  column_sum: [{ file: "column_sum.wgsl", source: columnSum, tile: [16, 1, 1] }],
  cross_entropy: [{ file: "cross_entropy.wgsl", source: crossEntropy, tile: [1, 1, 1] }],
  cross_entropy_backward: [{
    file: "cross_entropy_backward.wgsl",
    source: crossEntropyBackward,
    tile: [256, 1, 1],
  }],
  cross_entropy_mean: [{
    file: "cross_entropy_mean.wgsl",
    source: crossEntropyMean,
    tile: [1, 1, 1],
  }],
  dropout: [{ file: "dropout.wgsl", source: dropout, tile: [256, 1, 1] }],
  embedding: [{ file: "embedding.wgsl", source: embedding, tile: [256, 1, 1] }],
  embedding_backward: [{
    file: "embedding_backward.wgsl",
    source: embeddingBackward,
    tile: [1, 1, 1],
  }],
  fold: [{ file: "fold.wgsl", source: fold, tile: [256, 1, 1] }],
  glu: [{ file: "glu.wgsl", source: glu, tile: [256, 1, 1] }],
  glu_backward: [{ file: "glu_backward.wgsl", source: gluBackward, tile: [256, 1, 1] }],
  gradient_norm: [{ file: "gradient_norm.wgsl", source: gradientNorm, tile: [1, 1, 1] }],
  layer_norm: [{ file: "layer_norm.wgsl", source: layerNorm, tile: [1, 1, 1] }],
  layer_norm_backward: [{
    file: "layer_norm_backward.wgsl",
    source: layerNormBackward,
    tile: [1, 1, 1],
  }],
  matmul: [
    { file: "matmul_direct.wgsl", source: matmulDirect, tile: [16, 32, 1], applies: onSoftware },
    { file: "matmul.wgsl", source: matmul, tile: [128, 128, 1], applies: fillsGpu(128) },
    { file: "matmul_split.wgsl", source: matmulSplit, tile: [32, 32, 1] },
  ],
  matmul_codes: [
    {
      file: "matmul_codes_direct.wgsl",
      source: matmulCodesDirect,
      tile: [16, 32, 1],
      applies: onSoftware,
    },
    { file: "matmul_codes.wgsl", source: matmulCodes, tile: [128, 128, 1], applies: fillsGpu(128) },
    { file: "matmul_codes_split.wgsl", source: matmulCodesSplit, tile: [32, 32, 1] },
  ],
  max_pool: [{ file: "max_pool.wgsl", source: maxPool, tile: [256, 1, 1] }],
  max_pool_backward: [{
    file: "max_pool_backward.wgsl",
    source: maxPoolBackward,
    tile: [256, 1, 1],
  }],
  pool: [{ file: "pool.wgsl", source: pool, tile: [1, 1, 1] }],
  pool_backward: [{ file: "pool_backward.wgsl", source: poolBackward, tile: [1, 1, 1] }],
  quantize_tensor: [{ file: "quantize_tensor.wgsl", source: quantizeTensor, tile: [256, 1, 1] }],
  quantize_weights: [{ file: "quantize_weights.wgsl", source: quantizeWeights, tile: [1, 1, 1] }],
  rms_norm: [{ file: "rms_norm.wgsl", source: rmsNorm, tile: [1, 1, 1] }],
  rms_norm_backward: [{ file: "rms_norm_backward.wgsl", source: rmsNormBackward, tile: [1, 1, 1] }],
  rope: [{ file: "rope.wgsl", source: rope, tile: [256, 1, 1] }],
  row_peaks: [{ file: "row_peaks.wgsl", source: rowPeaks, tile: [1, 1, 1] }],
  running_max: [{ file: "running_max.wgsl", source: runningMax, tile: [1, 1, 1] }],
  scale_gradients: [{ file: "scale_gradients.wgsl", source: scaleGradients, tile: [1, 1, 1] }],
  soft_cross_entropy: [{
    file: "soft_cross_entropy.wgsl",
    source: softCrossEntropy,
    tile: [1, 1, 1],
  }],
  soft_cross_entropy_backward: [{
    file: "soft_cross_entropy_backward.wgsl",
    source: softCrossEntropyBackward,
    tile: [256, 1, 1],
  }],
  unfold: [{ file: "unfold.wgsl", source: unfold, tile: [256, 1, 1] }],
  weight_gradients: [{
    file: "weight_gradients.wgsl",
    source: weightGradients,
    tile: [1, 1, 1],
  }],
  weight_medians: [{ file: "weight_medians.wgsl", source: weightMedians, tile: [1, 1, 1] }],
  weight_statistics: [{
    file: "weight_statistics.wgsl",
    source: weightStatistics,
    tile: [1, 1, 1],
  }],
};

/** The variant that runs a dispatch. */
export function selectKernel(dispatch: Dispatch, software: boolean): WgslKernel {
  const variants = kernels[dispatch.kernel] ?? [];
  const kernel = variants.find(({ applies }) => applies?.(dispatch, software) ?? true);
  if (!kernel) throw new WorkError(`Cannot run kernel ${dispatch.kernel}: there is no WGSL for it`);
  return kernel;
}

/** Names of all kernels, for the tests that compare devices. */
export function kernelNames(): string[] {
  return Object.keys(kernels);
}

/** All variants of a kernel. */
export function kernelVariants(name: string): readonly WgslKernel[] {
  return kernels[name];
}

/** File names of all variants of all kernels. */
export function kernelFiles(): string[] {
  return Object.values(kernels).flat().map(({ file }) => file);
}

const MAX_WORKGROUPS = 65535;

/**
 * Workgroups per dimension. A one-dimensional extent beyond WebGPU's limit is folded into the second
 * dimension; such kernels number their workgroups by `id.x + id.y * num_workgroups.x`.
 */
export function workgroupCounts(
  dispatch: Dispatch,
  kernel: WgslKernel,
): readonly [number, number, number] {
  const [x, y, z] = dispatch.extent.map((size, i) => Math.ceil(size / kernel.tile[i]));
  if (x > MAX_WORKGROUPS && y === 1 && z === 1) {
    const folds = Math.ceil(x / MAX_WORKGROUPS);
    return [Math.ceil(x / folds), folds, 1];
  }
  if (Math.max(x, y, z) > MAX_WORKGROUPS) {
    throw new WorkError(
      `Cannot run ${dispatch.label} over ${dispatch.extent.join("×")}: WebGPU allows ` +
        `${MAX_WORKGROUPS} workgroups per dimension; reduce --batch or --context`,
    );
  }
  return [x, y, z];
}
