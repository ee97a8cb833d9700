/**
 * The options of image models.
 *
 * @module
 */
import { augmentationForms, parseAugmentation } from "../../data/images/augment/augmentation.ts";
import { weightWidths } from "../../quant/schemes.ts";
import { DATA_OPTION } from "../options/general.ts";
import type { OptionTable } from "../options/option.ts";
import type { Kept, RunOptionGroups, WidthOptionTable } from "../options/run_option.ts";
import { OPTIMIZATION_OPTIONS, RUN_OPTIONS } from "../options/training.ts";
import { TRANSFORMER_OPTIONS } from "../options/transformer.ts";
import type { ImageRunConfig } from "./run_config.ts";

const convolutionOf = ({ model: { tokenizer } }: ImageRunConfig) =>
  tokenizer.kind === "convolution" ? tokenizer : undefined;

/** Names that `data` has for images. */
const NAMES = ["mnist", "fashion-mnist", "cifar10"] as const;

const LABEL_COLUMN = {
  kind: "text",
  placeholder: "NAME",
  description: "column of the class, where the data is rows",
  otherwise: "label, else the only column of integers",
  alsoCalled: ["class-column", "label-field", "label-key"],
  kept: ({ data }: ImageRunConfig): Kept => data.labelColumn ?? null,
} as const;

const IMAGE_MEMORY = {
  kind: "number",
  min: 0,
  placeholder: "MB",
  description:
    "decoded images kept in memory, others are read from disk; IDX files (mnist) stay whole",
  otherwise: "1 GiB",
  alsoCalled: ["image-cache", "image-cache-size", "memory", "max-memory"],
  circumstance: "way",
} as const;

/** What is quantized at a width of its own. */
export const WIDTH_OPTIONS = {
  embedBits: {
    kind: "choice",
    choices: weightWidths,
    description: "width of the weights of patches or convolutions",
    otherwise: "32",
    alsoCalled: ["embedding-bits", "patch-bits"],
    part: "embedding",
    kept: ({ model }: ImageRunConfig): Kept => model.embedQuantization.weightBits,
  },
  headBits: {
    kind: "choice",
    choices: weightWidths,
    description: "width of the weights of the classifier",
    otherwise: "32",
    alsoCalled: ["classifier-bits"],
    part: "head",
    kept: ({ model }: ImageRunConfig): Kept => model.headQuantization.weightBits,
  },
} as const satisfies WidthOptionTable;

const IMAGE_SIZE = {
  kind: "integer",
  min: 1,
  max: 4096,
  description: "height and width that images are brought to",
  otherwise: "that of the data",
  alsoCalled: ["img-size", "resolution", "input-size"],
  kept: ({ model }: ImageRunConfig): Kept => model.imageSize,
  architecture: "data",
} as const;

const DATA = {
  ...DATA_OPTION.data,
  names: NAMES,
  default: "mnist",
  description: "images to learn: mnist, fashion-mnist, cifar10, a data set of the hub, or a " +
    "folder of class folders",
} as const;

/** The options that a run of an image model has, or has a default of its own for. */
export const VIT_OPTIONS = {
  "Data": { data: DATA },
  "Model": {
    layers: TRANSFORMER_OPTIONS.layers,
    dim: { ...TRANSFORMER_OPTIONS.dim, default: 64 },
    heads: TRANSFORMER_OPTIONS.heads,
    ffn: { ...TRANSFORMER_OPTIONS.ffn, otherwise: "twice `dim`" },
    activation: {
      kind: "choice",
      choices: ["relu2", "gelu"],
      default: "gelu",
      description: "activation of the feed-forward network",
      alsoCalled: ["hidden-act", "act"],
      kept: ({ model }: ImageRunConfig): Kept => model.activation,
      architecture: "draft",
    },
    dropout: TRANSFORMER_OPTIONS.dropout,
    initializerRange: TRANSFORMER_OPTIONS.initializerRange,
  },
  "Image models": {
    labelColumn: LABEL_COLUMN,
    imageMemory: IMAGE_MEMORY,
    patch: {
      kind: "integer",
      min: 1,
      description: "height and width of a patch in pixels; it must divide `imageSize`",
      otherwise: "what cuts gray images into 4 by 4, colored ones into 8 by 8",
      alsoCalled: ["patch-size"],
      kept: ({ model: { tokenizer } }: ImageRunConfig): Kept =>
        tokenizer.kind === "patch" ? tokenizer.patchSize : null,
      architecture: "data",
      field: "patchSize",
    },
    convLayers: {
      kind: "integer",
      min: 0,
      max: 8,
      description: "3×3 convolutions, each halving the image, in place of patches; 0: patches",
      otherwise: "0",
      alsoCalled: ["conv", "convolutions", "tokenizer-layers"],
      kept: (run: ImageRunConfig): Kept => convolutionOf(run)?.layers ?? 0,
      architecture: "data",
    },
    convChannels: {
      kind: "integer",
      min: 1,
      description: "channels between the convolutions",
      otherwise: "64",
      alsoCalled: ["conv-dim", "conv-width"],
      kept: (run: ImageRunConfig): Kept => convolutionOf(run)?.channels ?? null,
      architecture: "data",
    },
    pooling: {
      kind: "choice",
      choices: ["class", "mean", "sequence"],
      description:
        "what is classified: a class token, the mean or a learned weighted sum of tokens",
      otherwise: "class",
      alsoCalled: ["pool", "global-pool"],
      kept: ({ model }: ImageRunConfig): Kept => model.pooling,
      architecture: "draft",
    },
    imageSize: IMAGE_SIZE,
    augment: {
      kind: "text",
      placeholder: "LIST",
      check: parseAugmentation,
      description: `what is done to training images: ${augmentationForms}`,
      otherwise: "crop:2 for gray images, crop:4+flip for colored ones of 32 pixels",
      alsoCalled: ["augmentation", "augmentations", "aug"],
      kept: ({ data }: ImageRunConfig): Kept => data.augment,
    },
    dropPath: {
      kind: "number",
      min: 0,
      below: 1,
      description: "share of the samples that skip the branches of the deepest block in training",
      otherwise: "0",
      alsoCalled: ["stochastic-depth", "drop-path-rate"],
      kept: ({ model }: ImageRunConfig): Kept => model.stochasticDepth,
      field: "stochasticDepth",
    },
    ...WIDTH_OPTIONS,
  },
  "Optimization": {
    steps: { ...OPTIMIZATION_OPTIONS.steps, default: 4000 },
    batch: { ...OPTIMIZATION_OPTIONS.batch, default: 64 },
    lr: {
      ...OPTIMIZATION_OPTIONS.lr,
      otherwise: "√(64 / `dim`) times 4e-3 up to 2 bits, 2e-3 above",
    },
    minLr: { ...OPTIMIZATION_OPTIONS.minLr, otherwise: "a hundredth of `lr`" },
    weightDecay: { ...OPTIMIZATION_OPTIONS.weightDecay, default: 0.05 },
    labelSmoothing: { ...OPTIMIZATION_OPTIONS.labelSmoothing, default: 0.1 },
  },
  "Run": { saveEvery: { ...RUN_OPTIONS.saveEvery, default: 1000 } },
} as const satisfies RunOptionGroups;

/** What of images is prepared. */
export const VIT_PREPARATION_OPTIONS = {
  data: DATA,
  imageSize: IMAGE_SIZE,
  labelColumn: LABEL_COLUMN,
} as const satisfies OptionTable;

/** What an image model is evaluated on. */
export const VIT_EVALUATION_OPTIONS = {
  data: {
    kind: "path",
    names: NAMES,
    placeholder: DATA_OPTION.data.placeholder,
    description: "images to evaluate on",
    otherwise: "what the run was trained on",
    alsoCalled: DATA_OPTION.data.alsoCalled,
  },
  labelColumn: LABEL_COLUMN,
  imageMemory: IMAGE_MEMORY,
  split: {
    kind: "choice",
    choices: ["train", "val", "validation", "test", "all"],
    default: "test",
    description: "what was trained on or held out: a split of the data, else 90 % or 10 % of it",
  },
  batch: {
    kind: "integer",
    min: 1,
    description: "how many are computed at once; the result does not depend on it",
    otherwise: "as many as there is room for",
    alsoCalled: OPTIMIZATION_OPTIONS.batch.alsoCalled,
  },
} as const satisfies OptionTable;

/** What an evaluation of an image model makes besides numbers. */
export const VIT_REPORT_OPTIONS = {
  figures: {
    kind: "boolean",
    default: true,
    description: "draw what images are taken for what",
    alsoCalled: RUN_OPTIONS.figures.alsoCalled,
  },
} as const satisfies OptionTable;
