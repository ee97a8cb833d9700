/**
 * The list of WGSL kernels: one line each. A kernel may have variants for different hardware or sizes;
 * the first that applies is taken.
 *
 * @module
 */
import { WorkError } from "../../errors.ts";
import type { Dispatch } from "../device.ts";
import activation from "../../../kernels/elementwise/activation.wgsl" with { type: "text" };
import activationBackward from "../../../kernels/elementwise/activation_backward.wgsl" with {
  type: "text",
};
import activationQuantize from "../../../kernels/elementwise/activation_quantize.wgsl" with {
  type: "text",
};
import adamw from "../../../kernels/optimizer/adamw.wgsl" with { type: "text" };
import add from "../../../kernels/elementwise/add.wgsl" with { type: "text" };
import addPositions from "../../../kernels/embeddings/add_positions.wgsl" with { type: "text" };
import addPositionsBackward from "../../../kernels/embeddings/add_positions_backward.wgsl" with {
  type: "text",
};
import attention from "../../../kernels/attention/attention.wgsl" with { type: "text" };
import attentionBackwardKeyValue from "../../../kernels/attention/attention_backward_key_value.wgsl" with {
  type: "text",
};
import attentionBackwardQuery from "../../../kernels/attention/attention_backward_query.wgsl" with {
  type: "text",
};
import attentionProbabilities from "../../../kernels/attention/attention_probabilities.wgsl" with {
  type: "text",
};
import bitlinear from "../../../kernels/products/bitlinear.wgsl" with { type: "text" };
import bitlinearDirect from "../../../kernels/products/bitlinear_direct.wgsl" with { type: "text" };
import bitlinearSmall from "../../../kernels/products/bitlinear_small.wgsl" with { type: "text" };
import broadcastAdd from "../../../kernels/elementwise/broadcast_add.wgsl" with { type: "text" };
import ceilingCopy from "../../../kernels/ceilings/ceiling_copy.wgsl" with { type: "text" };
import ceilingFma from "../../../kernels/ceilings/ceiling_fma.wgsl" with { type: "text" };
import columnSum from "../../../kernels/products/column_sum.wgsl" with { type: "text" };
import crossEntropy from "../../../kernels/losses/cross_entropy.wgsl" with { type: "text" };
import crossEntropyBackward from "../../../kernels/losses/cross_entropy_backward.wgsl" with {
  type: "text",
};
import crossEntropyMean from "../../../kernels/losses/cross_entropy_mean.wgsl" with {
  type: "text",
};
import dropout from "../../../kernels/elementwise/dropout.wgsl" with { type: "text" };
import embedding from "../../../kernels/embeddings/embedding.wgsl" with { type: "text" };
import embeddingBackward from "../../../kernels/embeddings/embedding_backward.wgsl" with {
  type: "text",
};
import fold from "../../../kernels/images/fold.wgsl" with { type: "text" };
import glu from "../../../kernels/elementwise/glu.wgsl" with { type: "text" };
import gluBackward from "../../../kernels/elementwise/glu_backward.wgsl" with { type: "text" };
import gradientNorm from "../../../kernels/optimizer/gradient_norm.wgsl" with { type: "text" };
import layerNorm from "../../../kernels/norms/layer_norm.wgsl" with { type: "text" };
import layerNormBackward from "../../../kernels/norms/layer_norm_backward.wgsl" with {
  type: "text",
};
import matmul from "../../../kernels/products/matmul.wgsl" with { type: "text" };
import matmulCodes from "../../../kernels/products/matmul_codes.wgsl" with { type: "text" };
import matmulCodesDirect from "../../../kernels/products/matmul_codes_direct.wgsl" with {
  type: "text",
};
import matmulCodesSplit from "../../../kernels/products/matmul_codes_split.wgsl" with {
  type: "text",
};
import matmulDirect from "../../../kernels/products/matmul_direct.wgsl" with { type: "text" };
import matmulSplit from "../../../kernels/products/matmul_split.wgsl" with { type: "text" };
import maxPool from "../../../kernels/images/max_pool.wgsl" with { type: "text" };
import maxPoolBackward from "../../../kernels/images/max_pool_backward.wgsl" with { type: "text" };
import pool from "../../../kernels/images/pool.wgsl" with { type: "text" };
import poolBackward from "../../../kernels/images/pool_backward.wgsl" with { type: "text" };
import quantizeTensor from "../../../kernels/quantizers/quantize_tensor.wgsl" with { type: "text" };
import quantizeWeights from "../../../kernels/quantizers/quantize_weights.wgsl" with {
  type: "text",
};
import rmsNorm from "../../../kernels/norms/rms_norm.wgsl" with { type: "text" };
import rmsNormBackward from "../../../kernels/norms/rms_norm_backward.wgsl" with { type: "text" };
import rope from "../../../kernels/attention/rope.wgsl" with { type: "text" };
import rowPeaks from "../../../kernels/quantizers/row_peaks.wgsl" with { type: "text" };
import runningMax from "../../../kernels/quantizers/running_max.wgsl" with { type: "text" };
import softCrossEntropy from "../../../kernels/losses/soft_cross_entropy.wgsl" with {
  type: "text",
};
import softCrossEntropyBackward from "../../../kernels/losses/soft_cross_entropy_backward.wgsl" with {
  type: "text",
};
import scaleGradients from "../../../kernels/quantizers/scale_gradients.wgsl" with { type: "text" };
import unfold from "../../../kernels/images/unfold.wgsl" with { type: "text" };
import weightGradients from "../../../kernels/quantizers/weight_gradients.wgsl" with {
  type: "text",
};
import weightMedians from "../../../kernels/quantizers/weight_medians.wgsl" with { type: "text" };
import weightStatistics from "../../../kernels/quantizers/weight_statistics.wgsl" with {
  type: "text",
};

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
  activation: [{ file: "elementwise/activation.wgsl", source: activation, tile: [256, 1, 1] }],
  activation_backward: [{
    file: "elementwise/activation_backward.wgsl",
    source: activationBackward,
    tile: [256, 1, 1],
  }],
  activation_quantize: [{
    file: "elementwise/activation_quantize.wgsl",
    source: activationQuantize,
    tile: [1, 1, 1],
  }],
  adamw: [{ file: "optimizer/adamw.wgsl", source: adamw, tile: [1024, 1, 1] }],
  add: [{ file: "elementwise/add.wgsl", source: add, tile: [256, 1, 1] }],
  add_positions: [{
    file: "embeddings/add_positions.wgsl",
    source: addPositions,
    tile: [256, 1, 1],
  }],
  add_positions_backward: [{
    file: "embeddings/add_positions_backward.wgsl",
    source: addPositionsBackward,
    tile: [256, 1, 1],
  }],
  attention: [{ file: "attention/attention.wgsl", source: attention, tile: [1, 1, 1] }],
  attention_backward_key_value: [{
    file: "attention/attention_backward_key_value.wgsl",
    source: attentionBackwardKeyValue,
    tile: [1, 1, 1],
  }],
  attention_backward_query: [{
    file: "attention/attention_backward_query.wgsl",
    source: attentionBackwardQuery,
    tile: [1, 1, 1],
  }],
  attention_probabilities: [{
    file: "attention/attention_probabilities.wgsl",
    source: attentionProbabilities,
    tile: [1, 1, 1],
  }],
  bitlinear: [
    {
      file: "products/bitlinear_direct.wgsl",
      source: bitlinearDirect,
      tile: [16, 32, 1],
      applies: onSoftware,
    },
    {
      file: "products/bitlinear.wgsl",
      source: bitlinear,
      tile: [64, 64, 1],
      applies: fillsGpu(64),
    },
    { file: "products/bitlinear_small.wgsl", source: bitlinearSmall, tile: [32, 32, 1] },
  ],
  broadcast_add: [{
    file: "elementwise/broadcast_add.wgsl",
    source: broadcastAdd,
    tile: [256, 1, 1],
  }],
  ceiling_copy: [{ file: "ceilings/ceiling_copy.wgsl", source: ceilingCopy, tile: [1024, 1, 1] }],
  ceiling_fma: [{ file: "ceilings/ceiling_fma.wgsl", source: ceilingFma, tile: [256, 1, 1] }],
  column_sum: [{ file: "products/column_sum.wgsl", source: columnSum, tile: [16, 1, 1] }],
  cross_entropy: [{ file: "losses/cross_entropy.wgsl", source: crossEntropy, tile: [1, 1, 1] }],
  cross_entropy_backward: [{
    file: "losses/cross_entropy_backward.wgsl",
    source: crossEntropyBackward,
    tile: [256, 1, 1],
  }],
  cross_entropy_mean: [{
    file: "losses/cross_entropy_mean.wgsl",
    source: crossEntropyMean,
    tile: [1, 1, 1],
  }],
  dropout: [{ file: "elementwise/dropout.wgsl", source: dropout, tile: [256, 1, 1] }],
  embedding: [{ file: "embeddings/embedding.wgsl", source: embedding, tile: [256, 1, 1] }],
  embedding_backward: [{
    file: "embeddings/embedding_backward.wgsl",
    source: embeddingBackward,
    tile: [1, 1, 1],
  }],
  fold: [{ file: "images/fold.wgsl", source: fold, tile: [256, 1, 1] }],
  glu: [{ file: "elementwise/glu.wgsl", source: glu, tile: [256, 1, 1] }],
  glu_backward: [{ file: "elementwise/glu_backward.wgsl", source: gluBackward, tile: [256, 1, 1] }],
  gradient_norm: [{ file: "optimizer/gradient_norm.wgsl", source: gradientNorm, tile: [1, 1, 1] }],
  layer_norm: [{ file: "norms/layer_norm.wgsl", source: layerNorm, tile: [1, 1, 1] }],
  layer_norm_backward: [{
    file: "norms/layer_norm_backward.wgsl",
    source: layerNormBackward,
    tile: [1, 1, 1],
  }],
  matmul: [
    {
      file: "products/matmul_direct.wgsl",
      source: matmulDirect,
      tile: [16, 32, 1],
      applies: onSoftware,
    },
    { file: "products/matmul.wgsl", source: matmul, tile: [128, 128, 1], applies: fillsGpu(128) },
    { file: "products/matmul_split.wgsl", source: matmulSplit, tile: [32, 32, 1] },
  ],
  matmul_codes: [
    {
      file: "products/matmul_codes_direct.wgsl",
      source: matmulCodesDirect,
      tile: [16, 32, 1],
      applies: onSoftware,
    },
    {
      file: "products/matmul_codes.wgsl",
      source: matmulCodes,
      tile: [128, 128, 1],
      applies: fillsGpu(128),
    },
    { file: "products/matmul_codes_split.wgsl", source: matmulCodesSplit, tile: [32, 32, 1] },
  ],
  max_pool: [{ file: "images/max_pool.wgsl", source: maxPool, tile: [256, 1, 1] }],
  max_pool_backward: [{
    file: "images/max_pool_backward.wgsl",
    source: maxPoolBackward,
    tile: [256, 1, 1],
  }],
  pool: [{ file: "images/pool.wgsl", source: pool, tile: [1, 1, 1] }],
  pool_backward: [{ file: "images/pool_backward.wgsl", source: poolBackward, tile: [1, 1, 1] }],
  quantize_tensor: [{
    file: "quantizers/quantize_tensor.wgsl",
    source: quantizeTensor,
    tile: [256, 1, 1],
  }],
  quantize_weights: [{
    file: "quantizers/quantize_weights.wgsl",
    source: quantizeWeights,
    tile: [1, 1, 1],
  }],
  rms_norm: [{ file: "norms/rms_norm.wgsl", source: rmsNorm, tile: [1, 1, 1] }],
  rms_norm_backward: [{
    file: "norms/rms_norm_backward.wgsl",
    source: rmsNormBackward,
    tile: [1, 1, 1],
  }],
  rope: [{ file: "attention/rope.wgsl", source: rope, tile: [256, 1, 1] }],
  row_peaks: [{ file: "quantizers/row_peaks.wgsl", source: rowPeaks, tile: [1, 1, 1] }],
  running_max: [{ file: "quantizers/running_max.wgsl", source: runningMax, tile: [1, 1, 1] }],
  scale_gradients: [{
    file: "quantizers/scale_gradients.wgsl",
    source: scaleGradients,
    tile: [1, 1, 1],
  }],
  soft_cross_entropy: [{
    file: "losses/soft_cross_entropy.wgsl",
    source: softCrossEntropy,
    tile: [1, 1, 1],
  }],
  soft_cross_entropy_backward: [{
    file: "losses/soft_cross_entropy_backward.wgsl",
    source: softCrossEntropyBackward,
    tile: [256, 1, 1],
  }],
  unfold: [{ file: "images/unfold.wgsl", source: unfold, tile: [256, 1, 1] }],
  weight_gradients: [{
    file: "quantizers/weight_gradients.wgsl",
    source: weightGradients,
    tile: [1, 1, 1],
  }],
  weight_medians: [{
    file: "quantizers/weight_medians.wgsl",
    source: weightMedians,
    tile: [1, 1, 1],
  }],
  weight_statistics: [{
    file: "quantizers/weight_statistics.wgsl",
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
        `${MAX_WORKGROUPS} workgroups per dimension; reduce the batch or the context`,
    );
  }
  return [x, y, z];
}
