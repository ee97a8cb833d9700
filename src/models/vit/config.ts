/**
 * Configuration of the image model.
 *
 * @module
 */
import { InputError, OptionError, optionName } from "../../errors.ts";
import { makeQuantization, type Quantization } from "../../nn/quantization.ts";
import type { ActivationKind } from "../../ops/activation.ts";
import { checkModelSize } from "../size_limits.ts";

/** How an image becomes a sequence. */
export type ImageTokenizer =
  /** Square patches, each a linear function of its pixels. */
  | { readonly kind: "patch"; readonly patchSize: number }
  /** Layers of 3×3 convolution, ReLU and 3×3 max pooling that halves the size; the pixels left are the sequence. */
  | { readonly kind: "convolution"; readonly layers: number; readonly channels: number };

/** How a sequence becomes one vector: a class token, the mean, or a learned weighted sum. */
export type Pooling = "class" | "mean" | "sequence";

/** Architecture and quantization of an image model. */
export interface VitConfig {
  /** Height and width of an image, in pixels. */
  readonly imageSize: number;
  /** Colors of a pixel: 3, or 1 for gray. */
  readonly channels: number;
  /** Names of the classes, in the order of the logits. */
  readonly labels: readonly string[];
  /** How an image becomes a sequence. */
  readonly tokenizer: ImageTokenizer;
  /** How a sequence becomes one vector. */
  readonly pooling: Pooling;
  /** C, the width of the residual stream. */
  readonly hiddenSize: number;
  /** F, the width of the feed-forward layer. */
  readonly intermediateSize: number;
  /** Transformer blocks. */
  readonly layers: number;
  /** Attention heads; each is `hiddenSize / heads` wide. */
  readonly heads: number;
  /** Of the feed-forward layer. */
  readonly activation: ActivationKind;
  /** Whether query, key and value have a bias. */
  readonly queryKeyValueBias: boolean;
  /** Standard deviation that matrices, class token and positions start from. */
  readonly initializerRange: number;
  /** Added to the variance in every norm. */
  readonly layerNormEpsilon: number;
  /** Dropout rate in training, on the embedding and on both branches of each block. */
  readonly dropout: number;
  /** Share of the samples that skip the deepest block's branches in training; it rises linearly from the first block. */
  readonly stochasticDepth: number;
  /** Of the linear layers of all blocks. */
  readonly quantization: Quantization;
  /** Of the patch embedding, or the convolutions. */
  readonly embedQuantization: Quantization;
  /** Of the classifier. */
  readonly headQuantization: Quantization;
}

/** Largest head dimension the attention kernels hold in registers. */
const MAX_HEAD_DIM = 128;

/** Names of `count` classes that nobody has named, as Hugging Face has them. */
export function numberedLabels(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `LABEL_${i}`);
}

/** The digits 0 to 9. */
const DIGITS = /* @__PURE__ */ Array.from({ length: 10 }, (_, digit) => `${digit}`);

/**
 * The standard deviation that the matrices of the blocks start from. Weights that start larger have codes that do not flip
 * at every update: on MNIST, ternary after 3,000 steps, 98.5 % instead of
 * 97.1 % with 0.02 (`data/results/image_recipe.md`).
 *
 * @param hiddenSize C, the width of the model.
 * @returns 1/√C.
 */
export function defaultImageInitializerRange(hiddenSize: number): number {
  return 1 / Math.sqrt(hiddenSize);
}

/**
 * A small model of 28×28 gray images: patches of 7×7, 4 layers of width 64, ternary weights and 8-bit activations.
 */
export const smallVitConfig: VitConfig = {
  imageSize: 28,
  channels: 1,
  labels: DIGITS,
  tokenizer: { kind: "patch", patchSize: 7 },
  pooling: "class",
  hiddenSize: 64,
  intermediateSize: 128,
  layers: 4,
  heads: 4,
  activation: "gelu",
  queryKeyValueBias: true,
  initializerRange: defaultImageInitializerRange(64),
  layerNormEpsilon: 1e-12,
  dropout: 0,
  stochasticDepth: 0,
  quantization: makeQuantization(),
  embedQuantization: makeQuantization({ weightBits: 32 }),
  headQuantization: makeQuantization({ weightBits: 32 }),
};

/** Height and width of the grid of tokens. */
export function tokenGrid({ imageSize, tokenizer }: VitConfig): number {
  if (tokenizer.kind === "patch") return imageSize / tokenizer.patchSize;
  let size = imageSize;
  for (let layer = 0; layer < tokenizer.layers; layer++) size = Math.ceil(size / 2);
  return size;
}

/** Positions of a sequence, that of the class token included. */
export function tokenCount(config: VitConfig): number {
  return tokenGrid(config) ** 2 + (config.pooling === "class" ? 1 : 0);
}

/**
 * Checks that a configuration describes a model that can be built.
 *
 * @returns The same configuration.
 * @throws {InputError} If it does not, naming the value and what would fit.
 */
export function checkVitConfig(config: VitConfig): VitConfig {
  const { tokenizer, imageSize, hiddenSize, heads } = config;
  const sizes = {
    [`image size (${optionName("imageSize")})`]: imageSize,
    "number of color channels": config.channels,
    "number of classes": config.labels.length,
    [`width (${optionName("hiddenSize")})`]: hiddenSize,
    [`feed-forward width (${optionName("intermediateSize")})`]: config.intermediateSize,
    [`number of layers (${optionName("layers")})`]: config.layers,
    [`number of heads (${optionName("heads")})`]: heads,
    ...(tokenizer.kind === "patch"
      ? { [`patch size (${optionName("patchSize")})`]: tokenizer.patchSize }
      : {
        "number of convolutions": tokenizer.layers,
        "number of convolution channels": tokenizer.channels,
      }),
  };
  for (const [name, value] of Object.entries(sizes)) {
    if (!Number.isInteger(value) || value < 1) {
      throw new OptionError(`Cannot build a model with ${name} ${value}: it must be at least 1`);
    }
  }
  checkModelSize(config.layers, approximateParameters(config));
  if (tokenizer.kind === "patch" && imageSize % tokenizer.patchSize !== 0) {
    const { patchSize } = tokenizer;
    throw new OptionError(
      `Cannot cut images of ${imageSize} pixels (${optionName("imageSize")}) into patches of ` +
        `${patchSize} (${optionName("patchSize")}): it must be a multiple; ${
          Math.ceil(imageSize / patchSize) * patchSize
        } would be`,
    );
  }
  if (hiddenSize % heads !== 0) {
    throw new OptionError(
      `Cannot split width ${hiddenSize} (${optionName("hiddenSize")}) over ${heads} heads ` +
        `(${optionName("heads")}): it must be a multiple; ${
          Math.ceil(hiddenSize / heads) * heads
        } would be`,
    );
  }
  if (hiddenSize / heads > MAX_HEAD_DIM) {
    throw new OptionError(
      `Cannot use heads of ${hiddenSize / heads} dimensions (${optionName("hiddenSize")} / ` +
        `${optionName("heads")}): at most ${MAX_HEAD_DIM} fit`,
    );
  }
  for (const name of ["dropout", "stochasticDepth"] as const) {
    const rate = config[name];
    if (!(rate >= 0 && rate < 1)) {
      throw new InputError(`Cannot use ${name} ${rate}: it must be in [0, 1)`);
    }
  }
  return config;
}

/** Weights of the matrices, which are nearly all there are. */
function approximateParameters(config: VitConfig): number {
  const { hiddenSize, intermediateSize, layers, labels, imageSize, channels, tokenizer } = config;
  const blocks = layers * hiddenSize * (4 * hiddenSize + 2 * intermediateSize);
  const grid = tokenizer.kind === "patch"
    ? (imageSize / tokenizer.patchSize) ** 2 + channels * tokenizer.patchSize ** 2
    : (imageSize / 2 ** tokenizer.layers) ** 2 + 9 * tokenizer.channels;
  return blocks + hiddenSize * (labels.length + grid);
}

/**
 * Quantization of the patch embedding or the head: that of the blocks, at a width of its own.
 *
 * @param bits Bits per weight; 32 is not quantized.
 * @throws {InputError} If there is no such width.
 */
export function quantizationAt(quantization: Quantization, bits: number): Quantization {
  if (bits === quantization.weightBits) return quantization;
  const { weightGranularity, activationBits, activationScheme } = quantization;
  if (bits === 32 || activationBits === 32) return makeQuantization({ weightBits: bits });
  return makeQuantization({
    weightBits: bits,
    weightGranularity,
    activationBits,
    activationScheme,
  });
}
