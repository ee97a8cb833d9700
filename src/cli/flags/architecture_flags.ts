/**
 * The flags of models, as data. Their defaults are the small configuration that every comparison
 * means: a ternary character-level model of four layers.
 *
 * @module
 */
import { augmentationForms, parseAugmentation } from "../../data/images/augment/augmentation.ts";
import { weightWidths } from "../../quant/schemes.ts";
import type { FlagTable } from "./flag.ts";

/** The shape of the model. */
export const MODEL_FLAGS = {
  model: {
    kind: "choice",
    choices: ["text", "vit"],
    default: "text",
    description: "kind of model: a language model, or a Vision Transformer",
    later: /^clip$/,
  },
  layers: {
    kind: "integer",
    min: 1,
    default: 4,
    description: "Transformer blocks",
    alsoCalled: ["num-layers", "n-layer", "n-layers", "depth", "blocks"],
  },
  dim: {
    kind: "integer",
    min: 1,
    default: 128,
    description: "channels of the residual stream",
    alsoCalled: ["hidden-size", "hidden", "n-embd", "embed-dim", "d-model", "width"],
    defaultFor: { vit: 64 },
  },
  heads: {
    kind: "integer",
    min: 1,
    default: 4,
    description: "attention heads; they must divide --dim",
    alsoCalled: ["num-heads", "n-head", "n-heads", "num-attention-heads"],
  },
  kvHeads: {
    kind: "integer",
    min: 1,
    description: "key and value heads of grouped-query attention; they must divide --heads",
    otherwise: "as many as --heads",
    alsoCalled: ["num-key-value-heads", "num-kv-heads", "n-kv-heads"],
    only: "text",
  },
  ffn: {
    kind: "integer",
    min: 1,
    description: "channels inside the feed-forward network",
    otherwise: "8/3 of --dim, rounded up to a multiple of 64; twice --dim with --model vit",
    alsoCalled: ["intermediate-size", "ffn-dim", "mlp", "hidden-dim"],
  },
  activation: {
    kind: "choice",
    choices: ["swiglu", "relu2", "gelu"],
    default: "swiglu",
    description: "activation of the feed-forward network: swiglu is for text, gelu for images",
    alsoCalled: ["hidden-act", "act"],
    defaultFor: { vit: "gelu" },
  },
  context: {
    kind: "integer",
    min: 1,
    default: 64,
    description: "tokens the model sees at once",
    alsoCalled: ["context-length", "block-size", "seq-len", "sequence-length", "max-length"],
    only: "text",
  },
  dropout: {
    kind: "number",
    min: 0,
    below: 1,
    default: 0,
    description: "fraction of activations dropped while training",
  },
  initializerRange: {
    kind: "number",
    above: 0,
    description: "standard deviation that the matrices of the blocks start from",
    otherwise: "1 / √(--dim)",
    alsoCalled: ["init-std", "init-range", "init-scale"],
  },
  embeddingRange: {
    kind: "number",
    above: 0,
    description: "standard deviation that the embedding starts from",
    otherwise: "0.5, or 0.02 if it is the head too",
    alsoCalled: ["embedding-std", "embedding-init"],
    only: "text",
  },
  tieEmbeddings: {
    kind: "boolean",
    description: "use the token embedding as the output head too",
    alsoCalled: ["tie-word-embeddings", "tied"],
    only: "text",
  },
} as const satisfies FlagTable;

/** What only image models have. */
export const IMAGE_FLAGS = {
  labelColumn: {
    kind: "text",
    placeholder: "NAME",
    description: "column of the class, where the data is rows",
    otherwise: "label, else the only column of integers",
    only: "vit",
    alsoCalled: ["class-column", "label-field", "label-key"],
  },
  imageMemory: {
    kind: "number",
    min: 0,
    placeholder: "MB",
    description:
      "decoded images kept in memory, others are read from disk; IDX files (mnist) stay whole",
    otherwise: "1 GiB",
    only: "vit",
    alsoCalled: ["image-cache", "image-cache-size", "memory", "max-memory"],
  },
  patch: {
    kind: "integer",
    min: 1,
    description: "height and width of a patch in pixels; it must divide --image-size",
    otherwise: "what cuts gray images into 4 by 4, colored ones into 8 by 8",
    only: "vit",
    alsoCalled: ["patch-size"],
  },
  convLayers: {
    kind: "integer",
    min: 0,
    max: 8,
    description: "3×3 convolutions, each halving the image, in place of patches; 0: patches",
    otherwise: "0",
    only: "vit",
    alsoCalled: ["conv", "convolutions", "tokenizer-layers"],
  },
  convChannels: {
    kind: "integer",
    min: 1,
    description: "channels between the convolutions",
    otherwise: "64",
    only: "vit",
    alsoCalled: ["conv-dim", "conv-width"],
  },
  pooling: {
    kind: "choice",
    choices: ["class", "mean", "sequence"],
    description: "what is classified: a class token, the mean or a learned weighted sum of tokens",
    otherwise: "class",
    only: "vit",
    alsoCalled: ["pool", "global-pool"],
  },
  imageSize: {
    kind: "integer",
    min: 1,
    max: 4096,
    description: "height and width that images are brought to",
    otherwise: "that of the data",
    only: "vit",
    alsoCalled: ["img-size", "resolution", "input-size"],
  },
  augment: {
    kind: "text",
    placeholder: "LIST",
    check: parseAugmentation,
    description: `what is done to training images: ${augmentationForms}`,
    otherwise: "crop:2 for gray images, crop:4+flip for colored ones of 32 pixels",
    only: "vit",
    alsoCalled: ["augmentation", "augmentations", "aug"],
  },
  dropPath: {
    kind: "number",
    min: 0,
    below: 1,
    description: "share of the samples that skip the branches of the deepest block in training",
    otherwise: "0",
    only: "vit",
    alsoCalled: ["stochastic-depth", "drop-path-rate"],
  },
  embedBits: {
    kind: "choice",
    choices: weightWidths,
    description: "width of the weights of patches or convolutions",
    otherwise: "32",
    only: "vit",
    alsoCalled: ["embedding-bits", "patch-bits"],
  },
  headBits: {
    kind: "choice",
    choices: weightWidths,
    description: "width of the weights of the classifier",
    otherwise: "32",
    only: "vit",
    alsoCalled: ["classifier-bits"],
  },
} as const satisfies FlagTable;
