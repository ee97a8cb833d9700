/**
 * A run while it goes on: what every part of the loop reads, and the state that they move on.
 *
 * @module
 */
import { optionName, WorkError } from "../errors.ts";
import type { Model } from "../models/model.ts";
import type { RunState } from "./checkpoint.ts";
import type { TrainingOptions } from "./options.ts";
import type { Phase } from "./phases.ts";
import type { MetricsLine, RunDirectory } from "./run_directory.ts";
import { scheduled, type ScheduledValues } from "./schedule.ts";
import type { TrainingHooks } from "./training_hooks.ts";
import type { TunerLine } from "./tuner/decision.ts";
import { tunedLearningRate } from "./tuner/learning_rate_rules.ts";

/** A run while it goes on. */
export class OngoingRun {
  #state: RunState;

  /** A run from a state on; the model must hold its weights and moments. */
  constructor(
    /** Trained in place. */
    readonly model: Model,
    /** How it is trained. */
    readonly options: TrainingOptions,
    /** Where everything is written. */
    readonly directory: RunDirectory,
    start: RunState,
    /** Whom it reports to. */
    readonly hooks: TrainingHooks,
  ) {
    this.#state = start;
  }

  /** As after the last step that was enqueued. */
  get state(): RunState {
    return this.#state;
  }

  /** Moves the state on. */
  update(change: Partial<RunState>): void {
    this.#state = { ...this.#state, ...change };
  }

  /** Arithmetic of the next step. */
  get phase(): Phase {
    const { weightBits } = this.model.config.quantization;
    return this.#state.quantized && weightBits < 32 ? "quantized" : "float";
  }

  /** What the schedule says of a step. */
  scheduled(step: number): ScheduledValues {
    const { plateau, tuner } = this.#state;
    const warmupSteps = tuner?.warmupEnd ?? this.options.warmupSteps;
    return scheduled({ ...this.options, warmupSteps }, step, plateau.factor);
  }

  /** What the optimizer gets: what is scheduled, with the tuner's factor. */
  tuned(step: number): ScheduledValues {
    const { learningRate, weightDecay } = this.scheduled(step);
    const factor = this.#state.tuner?.learningRateFactor ?? 1;
    return { learningRate: tunedLearningRate(learningRate, factor), weightDecay };
  }

  /** Writes a line of metrics and tells of it. */
  async metrics(line: MetricsLine): Promise<void> {
    await this.write(line);
    this.hooks.onMetrics?.(line);
  }

  /** Writes a line. */
  async write(line: MetricsLine | TunerLine): Promise<void> {
    await this.directory.log(line);
    await this.hooks.events?.metrics(line);
  }

  /**
   * Ends a run whose numbers are none any more.
   *
   * @param step The first step whose loss shows it: the update before it did the harm.
   * @throws {WorkError} Always; it names the checkpoint to go back to.
   */
  async diverged(step: number, what: string): Promise<never> {
    const checkpoints = await this.directory.checkpoints();
    const checkpoint = checkpoints.findLast((entry) => entry.step < step - 1);
    const { lastLoss } = this.#state;
    throw new WorkError(
      `Cannot go on at step ${step}: ${what} ` +
        `(last finite loss ${lastLoss === null ? "none" : lastLoss.toFixed(4)}); ` +
        (checkpoint
          ? `go back to ${checkpoint.path}: start a new run with ${
            optionName("init")
          } from there ` +
            `and a lower ${optionName("learningRate")}`
          : "there is no checkpoint from before it; start again with a lower " +
            `${optionName("learningRate")} or ${optionName("clip")}`),
    );
  }
}
