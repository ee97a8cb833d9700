/**
 * How a training run reports while it goes on, and what it gives at its end.
 *
 * @module
 */
import type { MemoryEstimate } from "./memory_estimate.ts";
import type { Reduction } from "./reduction.ts";
import type { MetricsLine } from "./run_directory.ts";
import type { RunEvents } from "./run_events.ts";
import type { StepRecord } from "./step.ts";
import type { Evaluated } from "./task.ts";
import type { TunerLine } from "./tuner/decision.ts";

/** How the loop reports and stops, and what it does with others. */
export interface TrainingHooks {
  /** Before the first step, once the device has made ready everything the step needs; with what memory it will take. */
  readonly onReady?: (memory: MemoryEstimate) => Promise<void>;
  /** After each step the loop has waited for. */
  readonly onStep?: (record: StepRecord, total: number) => void;
  /** When quantization begins, after a number of steps in float: best loss and patience count from here. */
  readonly onQuantization?: (step: number) => void;
  /** Each line of metrics as it is written. */
  readonly onMetrics?: (line: MetricsLine) => void;
  /** What the tuner decided after an evaluation. */
  readonly onTuner?: (line: TunerLine) => void;
  /** Text sampled after a step, once it is complete. */
  readonly onSample?: (step: number, text: string) => void;
  /** What happens to the gradients of a step before its update: the part of others who train with it. */
  readonly reduce?: Reduction;
  /** Where metrics, samples and weights are written for TensorBoard. */
  readonly events?: RunEvents;
  /** Aborted: save a checkpoint and throw an InterruptedError. */
  readonly signal?: AbortSignal;
}

/**
 * What a finished run reached.
 *
 * @typeParam E What an evaluation gives.
 */
export interface TrainingResult<E extends Evaluated = Evaluated> {
  /** Steps done, those before a resumption included. */
  readonly steps: number;
  /** Last evaluation. */
  readonly final: E;
  /** Best validation loss, in nats, of the weights in `model.safetensors`. */
  readonly best: { readonly step: number; readonly loss: number };
  /** Whether the patience with evaluations that did not improve ran out. */
  readonly stoppedEarly: boolean;
}
