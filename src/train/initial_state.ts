/**
 * Where a run begins.
 *
 * @module
 */
import { Random } from "../random.ts";
import { ACTIVATION_MOMENTUM } from "../ops/step_values.ts";
import type { RunState } from "./checkpoint.ts";
import type { TrainingOptions } from "./options.ts";
import { initialPlateau } from "./schedule.ts";
import { initialTuner } from "./tuner/state.ts";

/** Stream of the run's seed that batches are drawn from; stream 1 initializes the weights. */
const BATCH_STREAM = 2;

/** The state of a run that has not started. */
export function initialState(options: TrainingOptions): RunState {
  return {
    step: 0,
    batches: new Random(options.seed, BATCH_STREAM).state(),
    plateau: initialPlateau,
    tuner: options.tuner && initialTuner,
    best: null,
    badEvaluations: 0,
    quantized: options.qatStart === 0,
    activationMomentum: ACTIVATION_MOMENTUM,
    lastLoss: null,
    finished: false,
  };
}
