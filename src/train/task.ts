/**
 * What the training loop asks of whatever it trains: the same loop serves text, images and custom tasks.
 *
 * @module
 */
import type { Random, RandomState } from "../random.ts";
import type { Plan } from "../device/device.ts";
import type { Model } from "../models/model.ts";
import type { Reduction } from "./reduction.ts";
import type { TrainingStep } from "./step.ts";

/** Where the micro-batches of a step come from. */
export interface StepBatches<Batch> {
  /** Those of the next step; they may be written over when it is asked for the step behind it. */
  next(): Promise<readonly Batch[]>;
  /** Where the next step begins, as plain data. */
  state(): RandomState;
  /** Gives back what they hold, if anything, once no more are wanted. */
  [Symbol.dispose]?(): void;
}

/** Metrics by the name they have in `metrics.jsonl`. */
export type Metrics = Readonly<Record<string, number>>;

/** What every evaluation gives; it adds metrics of its own. */
export interface Evaluated {
  /** Mean cross-entropy in nats per unit. */
  readonly loss: number;
}

/**
 * A model together with what it learns from.
 *
 * @typeParam Batch What a micro-batch is.
 * @typeParam E What an evaluation gives.
 */
export interface TrainingTask<Batch, E extends Evaluated = Evaluated> {
  /** Trained in place. */
  readonly model: Model;
  /** What a loss is the mean over, and speed counts, such as `token`. */
  readonly unit: string;
  /** How many of them a step learns from. */
  readonly unitsPerStep: number;
  /**
   * Compiles a step.
   *
   * @param quantized Whether the quantizers act in it.
   * @param reduce What happens to the gradients before the update, if anything does.
   */
  makeStep(quantized: boolean, reduce?: Reduction): Promise<TrainingStep<Batch>>;
  /**
   * Opens the training batches.
   *
   * @param start Where to begin: what {@link StepBatches.state} gave, or a state at position 0.
   */
  openBatches(start: RandomState): StepBatches<Batch>;
  /** Measures the model as it is on what is held out. */
  evaluate(): Promise<E>;
  /** The plan that {@link evaluate} runs, for an estimate of its memory; left out if it is not known. */
  planEvaluation?(): Plan;
  /** What else a mean loss says, such as its perplexity; nothing if left out. */
  ofLoss?(loss: number): Metrics;
  /** A sample of what the model makes; left out if it makes nothing. */
  sample?(random: Random): Promise<string>;
}
