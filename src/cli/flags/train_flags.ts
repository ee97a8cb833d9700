/**
 * The flags of a training run beside its data, model and quantizers, as data.
 *
 * @module
 */
import type { FlagTable } from "./flag.ts";

/** How long, how fast, and by which rule. */
export const OPTIMIZATION_FLAGS = {
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
    otherwise: "√(128 / --dim) times 4e-3 below 2 bits, 2.8e-3 at 2 and 2e-3 above; " +
      "√(64 / --dim) times 4e-3 up to 2 bits, 2e-3 above with --model vit",
    alsoCalled: ["learning-rate", "max-lr", "rate"],
  },
  minLr: {
    kind: "number",
    min: 0,
    description: "learning rate at the end",
    otherwise: "a hundredth of --lr; for text above 2 bits a tenth",
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
    choices: [8, 16, 32],
    default: 8,
    description:
      "bits of the gradients in products with codes (8: with weights of up to 5 bits, else 16); fewer are faster on the CPU device",
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
