/**
 * Lines of metrics about training steps.
 *
 * @module
 */
import { processMemoryBytes } from "../host/process.ts";
import type { OngoingRun } from "./ongoing_run.ts";
import type { StepRecord } from "./step.ts";
import type { Metrics } from "./task.ts";

/** What a line counts besides time. */
export interface LoggedTask {
  /** What speed counts. */
  readonly unit: string;
  /** How many of them a step learns from. */
  readonly unitsPerStep: number;
  /** What else a mean loss says. */
  ofLoss?(loss: number): Metrics;
}

/** Writes the lines that are due, and keeps the time between them. */
export class StepLog {
  readonly #run: OngoingRun;
  readonly #task: LoggedTask;
  /** Wall time of steps since the last line, and how many they are. */
  #trainMs = 0;
  #steps = 0;
  /** The part of it that was spent on getting batches. */
  #dataMs = 0;

  /** The log of a run. */
  constructor(run: OngoingRun, task: LoggedTask) {
    this.#run = run;
    this.#task = task;
  }

  /** Counts time that was spent on getting the batches of a step. */
  addDataMs(ms: number): void {
    this.#dataMs += ms;
  }

  /**
   * Writes the lines that are due among the steps just waited for. Waiting costs more than a small step
   * takes, so several lines can come from one wait; their time per step is then the same mean.
   *
   * @param elapsedMs Wall time of those steps.
   */
  async write(records: readonly StepRecord[], elapsedMs: number): Promise<void> {
    const { logEvery, steps } = this.#run.options;
    this.#trainMs += elapsedMs;
    this.#steps += records.length;
    const due = records.filter(({ step }) => step === 1 || step === steps || step % logEvery === 0);
    if (due.length === 0) return;
    const { unit, unitsPerStep } = this.#task;
    const msPerStep = this.#trainMs / this.#steps;
    for (const { step, loss, gradientNorm } of due) {
      await this.#run.metrics({
        step,
        split: "train",
        phase: this.#run.phase,
        loss,
        ...this.#task.ofLoss?.(loss),
        lr: this.#run.tuned(step).learningRate,
        grad_norm: gradientNorm,
        [`${unit}s_per_second`]: rate(unitsPerStep / (msPerStep / 1000)),
        ms_per_step: msPerStep,
        data_ms: this.#dataMs / this.#steps,
        memory_bytes: processMemoryBytes(),
      });
    }
    this.#trainMs = 0;
    this.#dataMs = 0;
    this.#steps = 0;
  }
}

/** Whole units, but for so few that none would be left. */
function rate(perSecond: number): number {
  return perSecond < 10 ? Number(perSecond.toPrecision(3)) : Math.round(perSecond);
}
