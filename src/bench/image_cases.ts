/**
 * What is measured of the kernels of an image model, at the sizes of a model.
 *
 * @module
 */
import { activationQuantize } from "../ops/activation_quantize.ts";
import { addPositions } from "../ops/add_positions.ts";
import { attention } from "../ops/attention.ts";
import { attentionProbabilities } from "../ops/attention_probabilities.ts";
import { broadcastAdd } from "../ops/broadcast_add.ts";
import { layerNorm, layerNormQuantize } from "../ops/layer_norm.ts";
import { maxPool } from "../ops/max_pool.ts";
import { pool, softmaxPool } from "../ops/pool.ts";
import { rowPeaks } from "../ops/row_peaks.ts";
import { softCrossEntropy } from "../ops/soft_cross_entropy.ts";
import { unfold, type UnfoldOptions } from "../ops/unfold.ts";
import type { Value } from "../tensor/value.ts";
import type { KernelCase, ModelSize } from "./kernel_cases.ts";
import { randomFloats, withGradients } from "./random_leaves.ts";

const sizeOf = (...dimensions: number[]) => dimensions.join("×");

/** Every kernel that only image models use. */
export function imageCases(model: ModelSize): KernelCase[] {
  return [...rowCases(model), ...sequenceCases(model), ...convolutionCases(model)];
}

function rowCases({ config, batch }: ModelSize): KernelCase[] {
  const M = batch * config.maxPositions;
  const { hiddenSize: C, intermediateSize: F } = config;
  const eps = 1e-12;
  const norm = (use: string, apply: (x: Value, w: Value, b: Value) => Value): KernelCase => ({
    use,
    size: sizeOf(M, C),
    build() {
      const x = randomFloats("x", [M, C]);
      const w = randomFloats("w", [C]);
      const b = randomFloats("b", [C]);
      return withGradients(apply(x, w, b), [x, w, b]);
    },
  });
  return [
    norm("layer norm", (x, w, b) => layerNorm(x, w, b, { eps })),
    norm("layer norm, 8 bits", (x, w, b) => layerNormQuantize(x, w, b, { eps, bits: 8 }).codes),
    {
      use: "GELU, 8 bits",
      size: sizeOf(M, F),
      build() {
        const x = randomFloats("x", [M, F]);
        return withGradients(activationQuantize(x, { kind: "gelu", bits: 8 }).codes, [x]);
      },
    },
    {
      use: "cross entropy of mixed labels",
      size: sizeOf(M, C),
      build() {
        const logits = randomFloats("logits", [M, C]);
        return withGradients(softCrossEntropy(logits, randomFloats("wanted", [M, C])), [logits]);
      },
    },
    {
      use: "max of every row",
      size: sizeOf(M, C),
      build: () => [rowPeaks(randomFloats("x", [M, C]))],
    },
    {
      use: "bias",
      size: sizeOf(M, F),
      build() {
        const x = randomFloats("x", [M, F]);
        const b = randomFloats("b", [F]);
        return withGradients(broadcastAdd(x, b), [b]);
      },
    },
  ];
}

function sequenceCases({ config, batch: B }: ModelSize): KernelCase[] {
  const { hiddenSize: C, heads, maxPositions: T } = config;
  const layout = { heads, keyValueHeads: heads, headDim: C / heads, causal: false };
  const qkv = () => randomFloats("qkv", [B, T, 3 * C]);
  return [
    {
      use: "class token, positions",
      size: sizeOf(B, T, C),
      build() {
        const x = randomFloats("x", [B, T, C]);
        const positions = randomFloats("positions", [T + 1, C]);
        const token = randomFloats("token", [C]);
        return withGradients(addPositions(x, positions, token), [x, positions, token]);
      },
    },
    {
      use: `bidirectional, ${heads} heads`,
      size: sizeOf(B, T, 3 * C),
      build() {
        const x = qkv();
        return withGradients(attention(x, layout), [x]);
      },
    },
    {
      use: "attention maps",
      size: sizeOf(B, T, 3 * C),
      build: () => [attentionProbabilities(qkv(), layout)],
    },
    {
      use: "first token",
      size: sizeOf(B, T, C),
      build() {
        const x = randomFloats("x", [B, T, C]);
        return withGradients(pool(x, "first"), [x]);
      },
    },
    {
      use: "sequence pooling",
      size: sizeOf(B, T, C),
      build() {
        const x = randomFloats("x", [B, T, C]);
        const scores = randomFloats("scores", [B, T, 1]);
        return withGradients(softmaxPool(x, scores), [x, scores]);
      },
    },
  ];
}

function convolutionCases({ config, batch: B }: ModelSize): KernelCase[] {
  const C = config.hiddenSize;
  const windows = (use: string, shape: number[], options: UnfoldOptions): KernelCase => ({
    use,
    size: sizeOf(...shape),
    build() {
      const x = randomFloats("x", shape);
      return withGradients(unfold(x, options), [x]);
    },
  });
  return [
    windows("patches of 4×4", [B, 3, 32, 32], { kernel: 4, stride: 4 }),
    windows("windows of 3×3", [B, 16, 16, C], {
      kernel: 3,
      stride: 1,
      padding: 1,
      channelsLast: true,
    }),
    {
      use: "ReLU, max of 3×3",
      size: sizeOf(B, 16, 16, C),
      build() {
        const x = randomFloats("x", [B, 16, 16, C]);
        return withGradients(maxPool(x, { kernel: 3, stride: 2, padding: 1 }), [x]);
      },
    },
  ];
}
