/**
 * The flags of `train`, as data. Their defaults are the small configuration that every comparison
 * means: a ternary character-level model of four layers.
 *
 * @module
 */

import { augmentationForms, parseAugmentation } from "../data/images/augment/augmentation.ts";
import { activationSchemes } from "../quant/activations.ts";
import { parseGranularity } from "../nn/granularity.ts";
import { defaultSchemes, weightQuantizers, weightWidths } from "../quant/schemes.ts";
import { DEFAULT_THRESHOLD } from "../quant/threshold.ts";
import { alternatives, type FlagTable } from "./flag.ts";

/** What becomes of data before it is tokenised, called as the options of a corpus. */
export const CORPUS_FLAGS = {
  textColumn: {
    kind: "text",
    placeholder: "NAME",
    description: "column of the text, where the data is rows",
    otherwise: "text, else the only column of strings",
    alsoCalled: ["column", "text-field", "text-key"],
    only: "text",
  },
  rows: {
    kind: "integer",
    min: 1,
    description: "use this many rows of each split, the first ones",
    otherwise: "all",
    alsoCalled: ["limit", "max-rows", "num-rows"],
    only: "text",
  },
  joinRows: {
    kind: "boolean",
    description: "rows are lines of one running text, not a document each",
    alsoCalled: ["join", "concatenate"],
    only: "text",
  },
  splitSeed: {
    kind: "integer",
    min: 0,
    max: 0xffffffff,
    default: 0,
    description: "which rows are held out, where the data has no split to validate on",
    only: "text",
  },
  normalizeUnicode: {
    kind: "boolean",
    description: "compose characters: Unicode's form NFC",
    alsoCalled: ["normalise-unicode", "nfc"],
    only: "text",
  },
  normalizeNewlines: {
    kind: "boolean",
    description: "end every line with LF",
    alsoCalled: ["normalise-newlines"],
    only: "text",
  },
  normalizeWhitespace: {
    kind: "boolean",
    description: "make white space in a row one blank line, line end or space",
    alsoCalled: ["normalise-whitespace", "collapse-whitespace"],
    only: "text",
  },
  lowerCase: {
    kind: "boolean",
    description: "lower the case of all letters",
    alsoCalled: ["lowercase", "uncased"],
    only: "text",
  },
} as const satisfies FlagTable;

/** What is learnt from. */
export const DATA_FLAGS = {
  data: {
    kind: "path",
    names: ["shakespeare", "gutenberg", "mnist", "fashion-mnist", "cifar10"],
    default: "shakespeare",
    placeholder: "NAME|PATH|hf:OWNER/NAME[/CONFIG]",
    description:
      "text to learn: shakespeare, gutenberg, a data set of the Hugging Face hub, or a " +
      "file or folder of UTF-8 text, JSON Lines, CSV or parquet; images with --model vit: mnist, " +
      "fashion-mnist, cifar10, a data set of the hub, or a folder of class folders",
    alsoCalled: ["dataset", "input", "text", "corpus"],
    defaultFor: { vit: "mnist" },
  },
  tokenizer: {
    kind: "path",
    names: ["char", "byte", "bpe:N"],
    default: "char",
    placeholder: "char|byte|bpe:N|FILE",
    description: "a character, a byte, one of N learnt word parts, or as a tokenizer.json says",
    only: "text",
  },
  ...CORPUS_FLAGS,
} as const satisfies FlagTable;

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
  patch: {
    kind: "integer",
    min: 1,
    description: "height and width of a patch in pixels; it must divide --image-size",
    otherwise: "what cuts grey images into 4 by 4, coloured ones into 8 by 8",
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
    otherwise: "crop:2 for grey images, crop:4+flip for coloured ones of 32 pixels",
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

/** How weights and activations are quantised. */
export const QUANTISATION_FLAGS = {
  bits: {
    kind: "choice",
    choices: weightWidths,
    default: 1.58,
    description: "width of the weights: 1.58 is ternary, 32 float",
    alsoCalled: ["weight-bits", "w-bits", "precision"],
  },
  scheme: {
    kind: "choice",
    choices: weightQuantizers.map(({ name }) => name),
    description: "how weights are quantised",
    otherwise: describeDefaultSchemes(),
    alsoCalled: ["weight-scheme", "quantizer"],
  },
  threshold: {
    kind: "number",
    min: 0,
    description: "with --scheme threshold, weights of at most this many row means become 0",
    otherwise: String(DEFAULT_THRESHOLD),
    alsoCalled: ["ternary-threshold", "tau"],
  },
  granularity: {
    kind: "text",
    placeholder: "tensor|row|group:N",
    check: parseGranularity,
    description: "what shares a scale: a weight matrix, each row, or each N weights of a row",
    otherwise: "row where steps are learnt, else tensor",
    alsoCalled: ["weight-granularity", "group-size"],
  },
  activationBits: {
    kind: "choice",
    choices: [4, 8, 32],
    default: 8,
    description: "width of the activations",
    alsoCalled: ["act-bits", "a-bits"],
  },
  activationScheme: {
    kind: "choice",
    choices: activationSchemes,
    description: "how activations are quantised: to each token's absmax or to a running maximum",
    otherwise: "absmax_token",
    alsoCalled: ["act-scheme", "activation-quantizer"],
  },
  qatStart: {
    kind: "number",
    min: 0,
    below: 1,
    default: 0,
    placeholder: "FRACTION",
    description: "share of the steps trained in float before quantisation begins",
    alsoCalled: ["qat", "quantize-from", "float-fraction"],
  },
} as const satisfies FlagTable;

/** How long, how fast, and by which rule. */
export const OPTIMISATION_FLAGS = {
  steps: {
    kind: "integer",
    min: 1,
    default: 2000,
    description: "optimizer steps",
    alsoCalled: ["iterations", "iters", "max-steps", "max-iters"],
    defaultFor: { vit: 4000 },
  },
  epochs: {
    kind: "number",
    above: 0,
    description: "passes over the training split, in place of --steps",
    alsoCalled: ["num-epochs", "max-epochs"],
  },
  batch: {
    kind: "integer",
    min: 1,
    default: 12,
    description: "sequences or images in a micro-batch",
    alsoCalled: ["batch-size", "bs"],
    defaultFor: { vit: 64 },
  },
  accumulate: {
    kind: "integer",
    min: 1,
    default: 1,
    description: "micro-batches whose gradients make one step",
    alsoCalled: ["grad-accum", "gradient-accumulation-steps", "accumulation-steps"],
  },
  order: {
    kind: "choice",
    choices: ["random", "epochs"],
    description: "training windows anywhere in the text, or each once per epoch, shuffled",
    otherwise: "random for running text, epochs for rows",
    alsoCalled: ["sampling", "shuffle", "sampler"],
    only: "text",
  },
  lr: {
    kind: "number",
    above: 0,
    description: "highest learning rate",
    otherwise: "√(128 / --dim) times 4e-3 up to 2 bits, 2e-3 above; √(64 / --dim) with --model vit",
    alsoCalled: ["learning-rate", "max-lr", "rate"],
  },
  minLr: {
    kind: "number",
    min: 0,
    description: "learning rate at the end",
    otherwise: "a tenth of --lr; a hundredth with --model vit",
    alsoCalled: ["min-learning-rate", "final-lr", "end-lr"],
  },
  warmup: {
    kind: "integer",
    min: 0,
    description: "steps over which the learning rate rises",
    otherwise: "a tenth of --steps, at most 100",
    alsoCalled: ["warmup-steps", "warmup-iters"],
  },
  schedule: {
    kind: "choice",
    choices: ["cosine", "linear", "two-stage", "plateau"],
    default: "cosine",
    description: "how the learning rate falls",
    alsoCalled: ["scheduler", "lr-schedule", "lr-scheduler"],
  },
  beta1: {
    kind: "number",
    min: 0,
    below: 1,
    default: 0.9,
    description: "decay of AdamW's first moment",
  },
  beta2: {
    kind: "number",
    min: 0,
    below: 1,
    default: 0.99,
    description: "decay of AdamW's second moment",
  },
  weightDecay: {
    kind: "number",
    min: 0,
    default: 0.1,
    description: "AdamW's decoupled weight decay",
    alsoCalled: ["wd", "decay"],
    defaultFor: { vit: 0.05 },
  },
  clip: {
    kind: "number",
    min: 0,
    default: 1,
    description: "largest gradient norm; 0 clips nothing",
    alsoCalled: ["grad-clip", "max-grad-norm", "clip-norm", "gradient-clip"],
  },
  gradientBits: {
    kind: "choice",
    choices: [16, 32],
    default: 16,
    description: "bits of the gradients in products with codes; 16 is faster on the CPU device",
    alsoCalled: ["grad-bits"],
  },
  labelSmoothing: {
    kind: "number",
    min: 0,
    below: 1,
    default: 0,
    description: "probability spread evenly over all tokens or classes in the target",
    defaultFor: { vit: 0.1 },
  },
  earlyStop: {
    kind: "integer",
    min: 1,
    placeholder: "PATIENCE",
    description: "stop after this many evaluations without a better validation loss",
    otherwise: "never",
    alsoCalled: ["early-stopping", "patience"],
  },
} as const satisfies FlagTable;

/** The tuner, which moves hyperparameters after each evaluation. */
export const TUNER_FLAGS = {
  useTuner: {
    kind: "boolean",
    description: "move hyperparameters by rules after each evaluation",
    alsoCalled: ["tuner", "auto-tune", "hyperparameter-tuner"],
  },
  useTunerLr: {
    kind: "boolean",
    description: "let the tuner also multiply the scheduled learning rate and end the warmup",
    alsoCalled: ["tuner-lr"],
  },
  aggressiveTuning: {
    kind: "boolean",
    description: "raise the learning rate while the loss falls",
    alsoCalled: ["aggressive"],
  },
  targetSparsityMin: {
    kind: "number",
    above: 0,
    below: 1,
    description: "share of zero weights below which thresholds rise",
    otherwise: "0.5",
    alsoCalled: ["sparsity-min", "min-sparsity"],
  },
  targetSparsityMax: {
    kind: "number",
    above: 0,
    below: 1,
    description: "share of zero weights above which thresholds fall",
    otherwise: "0.52",
    alsoCalled: ["sparsity-max", "max-sparsity"],
  },
} as const satisfies FlagTable;

/** Where the run lives and what it writes when. */
export const RUN_FLAGS = {
  out: {
    kind: "path",
    placeholder: "DIR",
    description: "run directory to write",
    otherwise: "a new one in runs/",
    alsoCalled: ["output", "output-dir", "out-dir", "save-dir", "run-dir"],
  },
  resume: {
    kind: "path",
    valueOptional: true,
    placeholder: "[DIR]",
    description: "go on with the run in DIR, else in --out, else with the newest in runs/",
    alsoCalled: ["continue", "restart"],
  },
  init: {
    kind: "path",
    placeholder: "DIR",
    description: "start from the weights of this run or model directory",
    otherwise: "random weights",
    alsoCalled: ["init-from", "pretrained", "checkpoint"],
  },
  seed: {
    kind: "integer",
    min: 0,
    max: 0xffffffff,
    default: 0,
    description: "seed of weights, batches and dropout",
  },
  logEvery: {
    kind: "integer",
    min: 1,
    default: 10,
    description: "steps between lines of metrics.jsonl",
    alsoCalled: ["log-interval", "logging-steps"],
  },
  evalEvery: {
    kind: "integer",
    min: 0,
    description: "steps between evaluations; 0 evaluates at the end only",
    otherwise: "250, or 50 with --use-tuner",
    alsoCalled: ["eval-interval", "eval-steps"],
  },
  saveEvery: {
    kind: "integer",
    min: 0,
    default: 500,
    description: "steps between checkpoints; 0 saves at the end only",
    alsoCalled: ["save-interval", "save-steps", "checkpoint-every"],
    defaultFor: { vit: 1000 },
  },
  sampleEvery: {
    kind: "integer",
    min: 0,
    default: 500,
    description: "steps between samples of generated text; 0 writes none",
    alsoCalled: ["sample-interval", "generate-every"],
    only: "text",
  },
  keep: {
    kind: "integer",
    min: 1,
    default: 5,
    description: "checkpoints kept",
    alsoCalled: ["save-total-limit", "keep-last"],
  },
  figures: {
    kind: "boolean",
    default: true,
    description: "draw the loss curve at the end; --no-figures draws none",
    alsoCalled: ["plot", "plots", "charts"],
  },
  tensorboard: {
    kind: "boolean",
    default: true,
    description: "write TensorBoard event files; --no-tensorboard writes none",
    alsoCalled: ["tb", "tfevents"],
  },
} as const satisfies FlagTable;

/** Such as `sign at 1, absmean at 1.58 and 2, absmax at 3 to 8`. */
function describeDefaultSchemes(): string {
  const widths = weightWidths.filter((bits) => bits in defaultSchemes);
  const schemes = [...new Set(widths.map((bits) => defaultSchemes[bits]))];
  return schemes.map((scheme) => {
    const own = widths.filter((bits) => defaultSchemes[bits] === scheme);
    const first = widths.indexOf(own[0]);
    const isRun = own.length > 2 && own.every((bits, i) => bits === widths[first + i]);
    return `${scheme} at ${
      isRun ? `${own[0]} to ${own.at(-1)}` : alternatives(own.map(String), "and")
    }`;
  }).join(", ");
}
