/**
 * What is measured of every kernel: the ops themselves, forward and backward, at the sizes of a model.
 *
 * @module
 */
import type { TextConfig } from "../models/text/config.ts";
import { TextModel } from "../models/text/network.ts";
import { makeQuantization } from "../nn/quantization.ts";
import { WeightCodes } from "../nn/weight_codes.ts";
import { activation } from "../ops/activation.ts";
import { adamw } from "../ops/adamw.ts";
import { scaledAdd } from "../ops/scaled_add.ts";
import { LOSS_STRIDE, recordStep } from "../ops/step_record.ts";
import { attention } from "../ops/attention.ts";
import { bitLinear, matmulCodes } from "../ops/bitlinear.ts";
import { crossEntropy } from "../ops/cross_entropy.ts";
import { dropout } from "../ops/dropout.ts";
import { embedding } from "../ops/embedding.ts";
import { glu } from "../ops/glu.ts";
import { matmul } from "../ops/matmul.ts";
import { quantizeActivations } from "../ops/quantize_activations.ts";
import { quantizeTensor, RANGE_WORDS } from "../ops/quantize_tensor.ts";
import { rmsNorm, rmsNormPeaks, rmsNormQuantize } from "../ops/rms_norm.ts";
import { rope, ropeTable } from "../ops/rope.ts";
import { add } from "../tensor/add.ts";
import { ParameterLayout } from "../tensor/parameter.ts";
import { constant, input, type Value } from "../tensor/value.ts";
import { imageCases } from "./image_cases.ts";
import { randomCodes, randomFloats, randomIds, withGradients } from "./random_leaves.ts";

/** A graph whose kernels are measured. */
export interface KernelCase {
  /** The op, and which form or part of it. */
  readonly use: string;
  /** Shape of what it works on; of products M×N×K. */
  readonly size: string;
  /** Builds the results; only when it is measured, because the operands can be large. */
  build(): Value[];
}

/** A model and how many sequences of its full context it sees at once. */
export interface ModelSize {
  readonly config: TextConfig;
  readonly batch: number;
}

const sizeOf = (...dimensions: number[]) => dimensions.join("×");

/** The three products of float matrices that training needs. */
export function matmulCases(M: number, N: number, K: number): KernelCase[] {
  const size = sizeOf(M, N, K);
  const a = () => randomFloats("a", [M, K]);
  const aT = () => randomFloats("a", [K, M]);
  const b = () => randomFloats("b", [K, N]);
  const bT = () => randomFloats("b", [N, K]);
  return [
    { use: "A·Bᵀ", size, build: () => [matmul(a(), bT(), { transposeB: true })] },
    { use: "Aᵀ·B", size, build: () => [matmul(aT(), b(), { transposeA: true })] },
    { use: "A·B", size, build: () => [matmul(a(), b())] },
  ];
}

/** Sizes of a BitLinear layer: M tokens, N output and K input features. */
interface BitLinearSizes {
  readonly M: number;
  readonly N: number;
  readonly K: number;
  /** Whether the residual stream is added to the result. */
  readonly residual: boolean;
}

/** The products of a BitLinear layer, forward and backward. */
function bitLinearCases(name: string, { M, N, K, residual }: BitLinearSizes): KernelCase[] {
  const x = () => randomCodes("x", [M, K], 127);
  const w = () => randomCodes("w", [N, K], 1);
  const y = () => randomFloats("y", [M, N]);
  return [
    {
      use: `${name}, forward`,
      size: sizeOf(M, N, K),
      build: () => [bitLinear(x(), w(), residual ? y() : undefined)],
    },
    {
      use: `${name}, dx`,
      size: sizeOf(M, K, N),
      build: () => [matmulCodes(y(), w(), { bits: 8 })],
    },
    {
      use: `${name}, dw`,
      size: sizeOf(N, K, M),
      build: () => [matmulCodes(y(), x(), { transposeA: true, bits: 16 })],
    },
  ];
}

/** The four BitLinear layers of a block. */
export function blockLinearCases({ config, batch }: ModelSize): KernelCase[] {
  const { hiddenSize: C, intermediateSize: F } = config;
  const M = batch * config.maxPositions;
  return [
    ...bitLinearCases("query, key, value", { M, N: 3 * C, K: C, residual: false }),
    ...bitLinearCases("output", { M, N: C, K: C, residual: true }),
    ...bitLinearCases("gate, up", { M, N: 2 * F, K: C, residual: false }),
    ...bitLinearCases("down", { M, N: C, K: F, residual: true }),
  ];
}

/** Every kernel that multiplies no matrices, at the sizes of a model. */
export function otherCases(model: ModelSize, maxBindingBytes: number): KernelCase[] {
  return [
    ...elementwiseCases(model),
    ...rowCases(model),
    ...attentionCases(model),
    ...imageCases(model),
    ...parameterCases(model, maxBindingBytes),
  ];
}

function elementwiseCases({ config, batch }: ModelSize): KernelCase[] {
  const M = batch * config.maxPositions;
  const { hiddenSize: C, intermediateSize: F } = config;
  const residual = () => randomFloats("residual", [M, C]);
  const x = () => randomFloats("x", [M, C]);
  const hidden = () => randomFloats("hidden", [M, F]);
  const gated = () => randomFloats("gate and up", [M, 2 * F]);
  return [
    { use: "add", size: sizeOf(M, C), build: () => [add(x(), residual())] },
    {
      use: "dropout + residual",
      size: sizeOf(M, C),
      build: () => [dropout(x(), { rate: 0.1, salt: 0, residual: residual() })],
    },
    {
      use: "SiLU",
      size: sizeOf(M, F),
      build() {
        const x = hidden();
        return withGradients(activation(x, "silu"), [x]);
      },
    },
    {
      use: "SwiGLU",
      size: sizeOf(M, 2 * F),
      build() {
        const x = gated();
        return withGradients(glu(x, "silu"), [x]);
      },
    },
  ];
}

function rowCases({ config, batch }: ModelSize): KernelCase[] {
  const M = batch * config.maxPositions;
  const { hiddenSize: C, intermediateSize: F, vocabSize: V, rmsNormEpsilon: eps } = config;
  const norm = (use: string, columns: number, gain: number, apply: (x: Value, w: Value) => Value) =>
    ({
      use,
      size: sizeOf(M, columns),
      build() {
        const x = randomFloats("x", [M, columns]);
        const w = randomFloats("w", [gain]);
        return withGradients(apply(x, w), [x, w]);
      },
    }) satisfies KernelCase;
  return [
    {
      use: "embedding",
      size: `${M} of ${sizeOf(V, C)}`,
      build() {
        const table = randomFloats("table", [V, C]);
        return withGradients(embedding(randomIds("ids", [M], V), table), [table]);
      },
    },
    {
      use: "cross entropy",
      size: sizeOf(M, V),
      build() {
        const logits = randomFloats("logits", [M, V]);
        return withGradients(crossEntropy(logits, randomIds("targets", [M], V)).loss, [logits]);
      },
    },
    norm("RMS norm", C, C, (x, w) => rmsNorm(x, w, { eps })),
    norm("RMS norm, 8 bits", C, C, (x, w) => rmsNormQuantize(x, w, { eps, bits: 8 }).codes),
    norm(
      "SwiGLU, norm, 8 bits",
      2 * F,
      F,
      (x, w) => rmsNormQuantize(x, w, { eps, bits: 8, glu: "silu" }).codes,
    ),
    norm("RMS norm, 8 bits to a running maximum", C, C, (x, w) => {
      const { y, peaks } = rmsNormPeaks(x, w, { eps });
      const range = input("range", [RANGE_WORDS]);
      return quantizeTensor(y, peaks, range, { bits: 8, training: true }).codes;
    }),
    {
      use: "8 bits",
      size: sizeOf(M, C),
      build() {
        const { codes, scales } = quantizeActivations(randomFloats("x", [M, C]), { bits: 8 });
        return [codes, scales];
      },
    },
  ];
}

function attentionCases({ config, batch }: ModelSize): KernelCase[] {
  const { hiddenSize, heads, keyValueHeads, ropeTheta, maxPositions: context } = config;
  const headDim = hiddenSize / heads;
  const layout = { heads, keyValueHeads, headDim };
  const shape = [batch, context, (heads + 2 * keyValueHeads) * headDim];
  const qkv = () => randomFloats("qkv", shape);
  return [
    {
      use: "RoPE",
      size: sizeOf(...shape),
      build() {
        const table = ropeTable(context, headDim, ropeTheta);
        return [rope(qkv(), constant("rope table", [context, headDim / 2, 2], table), layout)];
      },
    },
    {
      use: `causal, ${heads} heads`,
      size: sizeOf(...shape),
      build() {
        const x = qkv();
        return withGradients(attention(x, { ...layout, causal: true }), [x]);
      },
    },
  ];
}

/** What runs once per step over all parameters. */
function parameterCases({ config }: ModelSize, maxBindingBytes: number): KernelCase[] {
  const network = new TextModel(config);
  const layout = new ParameterLayout(network.parameters, maxBindingBytes);
  const size = `${layout.parameterCount.toLocaleString("en")} weights`;
  const otherWeights = (weightScheme: string, weightGranularity?: string) => {
    const quantization = makeQuantization({ weightBits: 2, weightScheme, weightGranularity });
    const other = new TextModel({ ...config, quantization });
    const { parameters, quantizedWeights } = other;
    return new WeightCodes(new ParameterLayout(parameters, maxBindingBytes), quantizedWeights);
  };
  return [
    {
      use: "all layers",
      size,
      build: () => new WeightCodes(layout, network.quantizedWeights).quantize(),
    },
    { use: "all layers, by medians", size, build: () => otherWeights("absmedian").quantize() },
    {
      use: "all layers, learned scales",
      size,
      build: () => otherWeights("seq", "tensor").finishGradients(),
    },
    {
      use: "AdamW",
      size,
      build: () => {
        const gradients = layout.shards.map(({ length }) => input("gradients", [length]));
        const norm = recordStep(gradients, {
          losses: { label: "losses", byteLength: LOSS_STRIDE * 4 },
          history: { label: "history", byteLength: 1024 },
          microBatches: 1,
        });
        const shards = layout.shards.map(({ length, decayLength }, i) => {
          const [parameters, first, second] = ["w", "m", "v"].map((name) => input(name, [length]));
          return { parameters, gradients: gradients[i], first, second, decayLength };
        });
        return [norm, ...adamw(shards, norm)];
      },
    },
    {
      use: "momentum",
      size,
      build: () => {
        const norm = input("norm", [1]);
        return layout.shards.map(({ length }) => {
          const [velocity, gradients] = ["u", "gradients"].map((name) => input(name, [length]));
          return scaledAdd(velocity, gradients, norm, { x: 0, y: 1 });
        });
      },
    },
  ];
}
