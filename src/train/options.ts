/**
 * Everything that decides how a training run goes, apart from model and data.
 *
 * @module
 */
import type { ScheduleName } from "./schedule.ts";

/** Options of a run, as `config.json` keeps them. */
export interface TrainingOptions {
  readonly seed: number;
  /** Optimizer steps. */
  readonly steps: number;
  /** Sequences per micro-batch. */
  readonly batch: number;
  /** Tokens per sequence. */
  readonly context: number;
  /** Micro-batches per step. */
  readonly accumulate: number;
  readonly learningRate: number;
  readonly minLearningRate: number;
  readonly warmupSteps: number;
  readonly schedule: ScheduleName;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Largest gradient norm; 0 does not clip. */
  readonly clip: number;
  readonly labelSmoothing: number;
  /** Steps between lines of the log, evaluations, checkpoints and samples; 0: at the end only. */
  readonly logEvery: number;
  readonly evalEvery: number;
  readonly saveEvery: number;
  readonly sampleEvery: number;
  /** Checkpoints kept. */
  readonly keep: number;
  /** Evaluations without improvement after which to stop; null: never. */
  readonly earlyStop: number | null;
}

/** What is not stated follows from what is: warmup from steps, lowest from highest learning rate. */
export function trainingOptions(options: Partial<TrainingOptions> = {}): TrainingOptions {
  const steps = options.steps ?? 2000;
  const learningRate = options.learningRate ?? 1e-3;
  return {
    seed: 0,
    batch: 12,
    context: 64,
    accumulate: 1,
    minLearningRate: learningRate / 10,
    warmupSteps: Math.min(100, Math.floor(steps / 10)),
    schedule: "cosine",
    beta1: 0.9,
    beta2: 0.99,
    epsilon: 1e-8,
    weightDecay: 0.1,
    clip: 1,
    labelSmoothing: 0,
    logEvery: 10,
    evalEvery: 250,
    saveEvery: 500,
    sampleEvery: 500,
    keep: 5,
    earlyStop: null,
    ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
    steps,
    learningRate,
  };
}
