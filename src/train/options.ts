/**
 * Everything that decides how a training run goes, apart from model and data.
 *
 * @module
 */
import type { GradientBits } from "../tensor/op.ts";
import { DEFAULT_OPTIMIZER } from "./optimizers.ts";
import type { ScheduleName } from "./schedule.ts";
import type { TunerOptions } from "./tuner/options.ts";

/** In which order training windows come. */
export type BatchOrder = "random" | "epochs";

/** Options of a run, as `config.json` keeps them. */
export interface TrainingOptions {
  /** Of initialization, batches, dropout and samples: an integer from 0 to 2⁵³ − 1. */
  readonly seed: number;
  /** Optimizer steps. */
  readonly steps: number;
  /** Sequences per micro-batch. */
  readonly batch: number;
  /** Tokens per sequence. */
  readonly context: number;
  /** Micro-batches per step. */
  readonly accumulate: number;
  /**
   * Where the windows of a batch lie: anywhere in the text, independently, or one behind the other, each once per
   * epoch in a shuffled order.
   */
  readonly order: BatchOrder;
  /** Share of the steps that are trained in float before quantization begins, in [0, 1). */
  readonly qatStart: number;
  /** Name of what updates the parameters; only optimizers that were registered can be others than `adamw`. */
  readonly optimizer: string;
  /** Highest learning rate. */
  readonly learningRate: number;
  /** Learning rate at the end. */
  readonly minLearningRate: number;
  /** Steps over which the rate rises linearly from 0. */
  readonly warmupSteps: number;
  /** How the rate falls after the warmup. */
  readonly schedule: ScheduleName;
  /** β₁ of AdamW, how much of the first moment is kept per step. */
  readonly beta1: number;
  /** β₂ of AdamW, how much of the second moment is kept per step. */
  readonly beta2: number;
  /** ε of AdamW, added to the root of the second moment. */
  readonly epsilon: number;
  /** λ of AdamW, for matrices and the embedding; norms do not decay. */
  readonly weightDecay: number;
  /** Largest gradient norm; 0 does not clip. */
  readonly clip: number;
  /** Bits of the gradients in products with codes, see {@link GradientBits}. */
  readonly gradientBits: GradientBits;
  /** Share of a target's probability that is spread over the vocabulary. */
  readonly labelSmoothing: number;
  /** Steps between lines of the log; 0: the first and the last step only. */
  readonly logEvery: number;
  /** Steps between evaluations, the first before any step; 0: at the end only. */
  readonly evalEvery: number;
  /** Steps between checkpoints; 0: at the end only. */
  readonly saveEvery: number;
  /** Steps between samples of text; 0: none. */
  readonly sampleEvery: number;
  /** Checkpoints kept. */
  readonly keep: number;
  /** Evaluations without improvement after which to stop; null: never. */
  readonly earlyStop: number | null;
  /** What the tuner, called at every evaluation, may do; null: there is none. */
  readonly tuner: TunerOptions | null;
}

/** Losses come out the same as with 32 (`data/results/recipe.md`), sooner where a device makes use of it. */
export const defaultGradientBits: GradientBits = 8;

/** Evaluations of a run: enough for a curve. */
const EVALUATIONS = 20;
/** The tuner acts at evaluations and its patience is ten of them, so it needs many. */
const EVAL_EVERY_WITH_TUNER = 50;

/** Up to this many bits per weight a latent weight has to move far before its code changes. */
const COARSE_BITS = 2;

/**
 * The highest learning rate that goes with a model, as tuned at a width of 128 (`data/results/recipe.md`):
 * η = c·√(128 / C), c = 4e-3 below 2 bits per weight, 2.8e-3 at 2 and 2e-3 above.
 *
 * @param weightBits Bits per weight; 32 is float.
 * @param hiddenSize C, the width of the model.
 * @see "The Era of 1-bit LLMs: Training Tips, Code and FAQ", microsoft/unilm: ternary weights want a higher rate
 */
export function defaultLearningRate(weightBits = 1.58, hiddenSize = 128): number {
  const peak = weightBits < COARSE_BITS ? 4e-3 : weightBits === COARSE_BITS ? 2.8e-3 : 2e-3;
  return peak * Math.sqrt(128 / hiddenSize);
}

/**
 * The share of the highest learning rate that is left at the end (`data/results/recipe.md`): coarse codes settle at small
 * rates only, the others learn more at large ones.
 *
 * @param weightBits Bits per weight; 32 is float.
 */
export function defaultLastRate(weightBits = 1.58): number {
  return weightBits <= COARSE_BITS ? 0.01 : 0.1;
}

/**
 * The highest learning rate that goes with an image model, as tuned on MNIST at a width of 64: c·√(64 / C), c = 4e-3 up to 2
 * bits per weight and 2e-3 above.
 *
 * @param weightBits Bits per weight; 32 is float.
 * @param hiddenSize C, the width of the model.
 */
export function defaultImageLearningRate(weightBits: number, hiddenSize: number): number {
  const peak = weightBits <= COARSE_BITS ? 4e-3 : 2e-3;
  return peak * Math.sqrt(64 / hiddenSize);
}

/**
 * Fills in what is not stated: the small configuration's recipe. Warmup follows from the number of steps
 * (a tenth, at most 100), the lowest from the highest learning rate (a hundredth), the number of evaluations
 * from whether there is a tuner (every 50 steps, else every twentieth of the steps).
 */
export function trainingOptions(options: Partial<TrainingOptions> = {}): TrainingOptions {
  const steps = options.steps ?? 2000;
  const learningRate = options.learningRate ?? defaultLearningRate();
  return {
    seed: 0,
    batch: 12,
    context: 64,
    accumulate: 1,
    order: "random",
    qatStart: 0,
    optimizer: DEFAULT_OPTIMIZER,
    minLearningRate: learningRate * defaultLastRate(),
    warmupSteps: Math.min(100, Math.floor(steps / 10)),
    schedule: "cosine",
    beta1: 0.9,
    beta2: 0.99,
    epsilon: 1e-8,
    weightDecay: 0.1,
    clip: 1,
    gradientBits: defaultGradientBits,
    labelSmoothing: 0,
    logEvery: 10,
    evalEvery: options.tuner ? EVAL_EVERY_WITH_TUNER : Math.max(1, Math.round(steps / EVALUATIONS)),
    saveEvery: 500,
    sampleEvery: 500,
    keep: 5,
    earlyStop: null,
    tuner: null,
    ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
    steps,
    learningRate,
  };
}
