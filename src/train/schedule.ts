/**
 * Learning rate and weight decay as functions of the step.
 *
 * @module
 */

/** How the learning rate falls after the warmup. */
export type ScheduleName = "cosine" | "linear" | "two-stage" | "plateau";

/** What a schedule is made of. */
export interface ScheduleOptions {
  /** How the rate falls after the warmup. */
  readonly schedule: ScheduleName;
  /** Highest learning rate. */
  readonly learningRate: number;
  /** Learning rate at the end. */
  readonly minLearningRate: number;
  /** Steps over which the rate rises linearly from 0. */
  readonly warmupSteps: number;
  /** Optimizer steps of the whole run. */
  readonly steps: number;
  /** AdamW's λ; the second stage of `two-stage` has none. */
  readonly weightDecay: number;
}

/** What the optimizer gets at one step. */
export interface ScheduledValues {
  /** η of the update. */
  readonly learningRate: number;
  /** λ of the update: weights shrink by ηλ of themselves. */
  readonly weightDecay: number;
}

/** Evaluations without improvement before the plateau schedule acts, and what it multiplies by. */
const PLATEAU_PATIENCE = 3;
const PLATEAU_FACTOR = 0.5;

/** Share of the peak rate that BitNet's second stage starts from: 1e-3 after 1.5e-3. */
const SECOND_STAGE_FACTOR = 2 / 3;

/**
 * Values of step t (from 1). With progress p from 0 to 1 after the warmup:
 *
 * - cosine: min + (lr − min)·(1 + cos πp)/2
 * - linear: lr + (min − lr)·p
 * - two-stage: linear, but in the second half the distance to min shrinks to 2/3 of it and weight decay is 0
 * - plateau: lr · {@link PlateauState.factor}, not below min
 *
 * During the warmup the rate is lr · t / warmup.
 *
 * @param step t.
 * @param plateauFactor {@link PlateauState.factor}; only the plateau schedule uses it.
 * @see "The Era of 1-bit LLMs: Training Tips, Code and FAQ", microsoft/unilm, section 2 (two-stage)
 */
export function scheduled(
  options: ScheduleOptions,
  step: number,
  plateauFactor = 1,
): ScheduledValues {
  const { schedule, learningRate: peak, minLearningRate: min, weightDecay } = options;
  const { warmupSteps, steps } = options;
  const secondHalf = schedule === "two-stage" && step > steps / 2;
  const decay = secondHalf ? 0 : weightDecay;
  if (step <= warmupSteps) {
    return { learningRate: peak * step / warmupSteps, weightDecay: decay };
  }
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, steps - warmupSteps));
  const learningRate = {
    cosine: () => min + (peak - min) * (1 + Math.cos(Math.PI * progress)) / 2,
    linear: () => peak + (min - peak) * progress,
    "two-stage": () => min + (peak - min) * (1 - progress) * (secondHalf ? SECOND_STAGE_FACTOR : 1),
    plateau: () => Math.max(min, peak * plateauFactor),
  }[schedule]();
  return { learningRate, weightDecay: decay };
}

/** What the plateau schedule remembers; plain data for a checkpoint. */
export interface PlateauState {
  /** What the learning rate is multiplied by now. */
  readonly factor: number;
  /** Lowest validation loss so far, nats per token; null before the first evaluation. */
  readonly bestLoss: number | null;
  /** Evaluations since the best one. */
  readonly badEvaluations: number;
}

/** Before the first evaluation. */
export const initialPlateau: PlateauState = { factor: 1, bestLoss: null, badEvaluations: 0 };

/**
 * Takes note of an evaluation: after three without improvement the rate halves.
 *
 * @param loss Validation loss, nats per token.
 * @returns The new state.
 */
export function updatePlateau(state: PlateauState, loss: number): PlateauState {
  if (state.bestLoss === null || loss < state.bestLoss) {
    return { ...state, bestLoss: loss, badEvaluations: 0 };
  }
  const badEvaluations = state.badEvaluations + 1;
  if (badEvaluations < PLATEAU_PATIENCE) return { ...state, badEvaluations };
  return { ...state, factor: state.factor * PLATEAU_FACTOR, badEvaluations: 0 };
}
