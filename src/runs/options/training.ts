/**
 * The options of every training run beside its data, model and quantizers.
 *
 * @module
 */
import type { RunConfig } from "../../train/run_config.ts";
import { resolve } from "../../host/paths.ts";
import type { Kept, RunOptionTable } from "./run_option.ts";

/** How long, and on how much at once. */
export const LENGTH_OPTIONS = {
  steps: {
    kind: "integer",
    min: 1,
    default: 2000,
    description: "optimizer steps",
    alsoCalled: ["iterations", "iters", "max-steps", "max-iters"],
    training: "steps",
    mayChange: true,
  },
  epochs: {
    kind: "number",
    above: 0,
    description: "passes over the training split, in place of `steps`",
    alsoCalled: ["num-epochs", "max-epochs"],
    circumstance: "result",
  },
  batch: {
    kind: "integer",
    min: 1,
    default: 12,
    description: "sequences or images in a micro-batch",
    alsoCalled: ["batch-size", "bs"],
    training: "batch",
  },
  accumulate: {
    kind: "integer",
    min: 1,
    default: 1,
    description: "micro-batches whose gradients make one step",
    alsoCalled: ["grad-accum", "gradient-accumulation-steps", "accumulation-steps"],
    training: "accumulate",
  },
} as const satisfies RunOptionTable;

/** How fast, and by which rule. */
export const RATE_OPTIONS = {
  lr: {
    kind: "number",
    above: 0,
    description: "highest learning rate",
    otherwise: "what goes with the model",
    alsoCalled: ["learning-rate", "max-lr", "rate"],
    training: "learningRate",
  },
  minLr: {
    kind: "number",
    min: 0,
    description: "learning rate at the end",
    otherwise: "a part of `lr` that goes with the model",
    alsoCalled: ["min-learning-rate", "final-lr", "end-lr"],
    training: "minLearningRate",
  },
  warmup: {
    kind: "integer",
    min: 0,
    description: "steps over which the learning rate rises",
    otherwise: "a tenth of `steps`, at most 100",
    alsoCalled: ["warmup-steps", "warmup-iters"],
    training: "warmupSteps",
  },
  schedule: {
    kind: "choice",
    choices: ["cosine", "linear", "two-stage", "plateau"],
    default: "cosine",
    description: "how the learning rate falls",
    alsoCalled: ["scheduler", "lr-schedule", "lr-scheduler"],
    training: "schedule",
  },
  beta1: {
    kind: "number",
    min: 0,
    below: 1,
    default: 0.9,
    description: "decay of AdamW's first moment",
    training: "beta1",
  },
  beta2: {
    kind: "number",
    min: 0,
    below: 1,
    default: 0.99,
    description: "decay of AdamW's second moment",
    training: "beta2",
  },
  weightDecay: {
    kind: "number",
    min: 0,
    default: 0.1,
    description: "AdamW's decoupled weight decay",
    alsoCalled: ["wd", "decay"],
    training: "weightDecay",
  },
  clip: {
    kind: "number",
    min: 0,
    default: 1,
    description: "largest gradient norm; 0 clips nothing",
    alsoCalled: ["grad-clip", "max-grad-norm", "clip-norm", "gradient-clip"],
    training: "clip",
  },
  gradientBits: {
    kind: "choice",
    choices: [8, 16, 32],
    default: 8,
    description:
      "bits of the gradients in products with codes (8: with weights of up to 5 bits, else 16); fewer are faster on the CPU device",
    alsoCalled: ["grad-bits"],
    training: "gradientBits",
  },
  labelSmoothing: {
    kind: "number",
    min: 0,
    below: 1,
    default: 0,
    description: "probability spread evenly over all tokens or classes in the target",
    training: "labelSmoothing",
  },
  earlyStop: {
    kind: "integer",
    min: 1,
    placeholder: "PATIENCE",
    description: "stop after this many evaluations without a better validation loss",
    otherwise: "never",
    alsoCalled: ["early-stopping", "patience"],
    training: "earlyStop",
    mayChange: true,
  },
} as const satisfies RunOptionTable;

/** How long, how fast, and by which rule. */
export const OPTIMIZATION_OPTIONS = {
  ...LENGTH_OPTIONS,
  ...RATE_OPTIONS,
} as const satisfies RunOptionTable;

/** The tuner, which moves hyperparameters after each evaluation. */
export const TUNER_OPTIONS = {
  useTuner: {
    kind: "boolean",
    description: "move hyperparameters by rules after each evaluation",
    alsoCalled: ["tuner", "auto-tune", "hyperparameter-tuner"],
    kept: ({ training }: RunConfig): Kept => training.tuner !== null,
  },
  useTunerLr: {
    kind: "boolean",
    description: "let the tuner also multiply the scheduled learning rate and end the warmup",
    alsoCalled: ["tuner-lr"],
    kept: ({ training }: RunConfig): Kept => training.tuner?.learningRate ?? false,
  },
  aggressiveTuning: {
    kind: "boolean",
    description: "raise the learning rate while the loss falls",
    alsoCalled: ["aggressive"],
    kept: ({ training }: RunConfig): Kept => training.tuner?.aggressive ?? false,
  },
  targetSparsityMin: {
    kind: "number",
    above: 0,
    below: 1,
    description: "share of zero weights below which thresholds rise",
    otherwise: "0.5",
    alsoCalled: ["sparsity-min", "min-sparsity"],
    kept: ({ training }: RunConfig): Kept => training.tuner?.targetSparsityMin ?? null,
  },
  targetSparsityMax: {
    kind: "number",
    above: 0,
    below: 1,
    description: "share of zero weights above which thresholds fall",
    otherwise: "0.52",
    alsoCalled: ["sparsity-max", "max-sparsity"],
    kept: ({ training }: RunConfig): Kept => training.tuner?.targetSparsityMax ?? null,
  },
} as const satisfies RunOptionTable;

/** Where the run lives and begins, and what it writes when. */
export const WRITING_OPTIONS = {
  out: {
    kind: "path",
    placeholder: "DIR",
    description: "run directory to write",
    otherwise: "a new one in runs/",
    alsoCalled: ["output", "output-dir", "out-dir", "save-dir", "run-dir"],
    circumstance: "way",
    swept: false,
  },
  resume: {
    kind: "path",
    valueOptional: true,
    placeholder: "[DIR]",
    description: "go on with the run in DIR, else in `out`, else with the newest in runs/",
    alsoCalled: ["continue", "restart"],
    circumstance: "way",
    swept: false,
  },
  init: {
    kind: "path",
    placeholder: "DIR",
    description: "start from the weights of this run or model directory",
    otherwise: "random weights",
    alsoCalled: ["init-from", "pretrained", "checkpoint"],
    kept: ({ init }: RunConfig): Kept => init,
    same: (asked: string, kept: string): boolean => resolve(asked) === kept,
  },
  seed: {
    kind: "integer",
    min: 0,
    max: 0xffffffff,
    default: 0,
    description: "seed of weights, batches and dropout",
    training: "seed",
  },
  logEvery: {
    kind: "integer",
    min: 1,
    default: 10,
    description: "steps between lines of metrics.jsonl",
    alsoCalled: ["log-interval", "logging-steps"],
    training: "logEvery",
    mayChange: true,
  },
  evalEvery: {
    kind: "integer",
    min: 0,
    description: "steps between evaluations; 0 evaluates at the end only",
    otherwise: "a twentieth of the steps, or 50 with `useTuner`",
    alsoCalled: ["eval-interval", "eval-steps"],
    training: "evalEvery",
    mayChange: true,
  },
  saveEvery: {
    kind: "integer",
    min: 0,
    default: 500,
    description: "steps between checkpoints; 0 saves at the end only",
    alsoCalled: ["save-interval", "save-steps", "checkpoint-every"],
    training: "saveEvery",
    mayChange: true,
  },
} as const satisfies RunOptionTable;

/** What of a run stays. */
export const KEEPING_OPTIONS = {
  keep: {
    kind: "integer",
    min: 1,
    default: 5,
    description: "checkpoints kept",
    alsoCalled: ["save-total-limit", "keep-last"],
    training: "keep",
    mayChange: true,
  },
  figures: {
    kind: "boolean",
    default: true,
    description: "draw the loss curve at the end",
    alsoCalled: ["plot", "plots", "charts"],
    circumstance: "way",
  },
  tensorboard: {
    kind: "boolean",
    default: true,
    description: "write TensorBoard event files",
    alsoCalled: ["tb", "tfevents"],
    circumstance: "way",
  },
} as const satisfies RunOptionTable;

/** Where the run lives, what it writes when, and what of it stays. */
export const RUN_OPTIONS = {
  ...WRITING_OPTIONS,
  ...KEEPING_OPTIONS,
} as const satisfies RunOptionTable;
