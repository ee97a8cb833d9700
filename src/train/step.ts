/**
 * The training step: gradients, then the update; compiled once and replayed.
 *
 * Quantize all weights, then for each micro-batch forward and backward, then the norm of the gradients, then the optimizer:
 * a flat list of dispatches that runs in a single pass. Only where something is to happen to the gradients in between,
 * are there two. Nothing is created between steps.
 *
 * @module
 */
import { type BufferSpec, DispatchError, type Plan } from "../device/device.ts";
import { WorkError } from "../errors.ts";
import type { LossTrace, Trainable } from "../models/model.ts";
import type { TrainingMemory } from "../models/training_memory.ts";
import { encodeStep } from "../ops/step_values.ts";
import type { CompiledPlan } from "../tensor/compiled_plan.ts";
import { concatenatePlans } from "../tensor/plan.ts";
import { Value } from "../tensor/value.ts";
import type { Optimizer, UpdateSettings } from "./optimizer.ts";
import { DEFAULT_OPTIMIZER, findOptimizer } from "./optimizers.ts";
import { reducedValues, type Reduction, ReductionError } from "./reduction.ts";
import { type PlanOptions, planStep, type StepPlans } from "./step_plans.ts";

/** What is compiled into a step. */
export interface StepOptions extends PlanOptions {
  /** Name of the optimizer; default {@link DEFAULT_OPTIMIZER}. */
  readonly optimizer?: string;
  /** What happens to the gradients before the update; default nothing, and no time passes between. */
  readonly reduce?: Reduction;
}

/** What may change from step to step. */
export interface StepSettings extends UpdateSettings {
  /** Number of the step, from 1. */
  readonly step: number;
  /** Seed of everything random in it. */
  readonly seed: number;
  /** How much of a running maximum of activations is kept per micro-batch; default `ACTIVATION_MOMENTUM`. */
  readonly activationMomentum?: number;
}

/** What a step left behind. */
export interface StepRecord {
  /** Which step, from 1. */
  readonly step: number;
  /** Mean loss over the micro-batches, nats per token, before the update. */
  readonly loss: number;
  /** Norm of the gradient before clipping. */
  readonly gradientNorm: number;
}

/** Steps whose records the device keeps: read them at least this often. */
export const HISTORY_STEPS = 1024;

/**
 * A compiled optimizer step. Dispose it before the model.
 *
 * @example A training loop of three steps
 * ```ts
 * import assert from "node:assert/strict";
 * import { LanguageModel, openDevice, smallTextConfig, TrainingStep } from "../../mod.ts";
 *
 * using device = await openDevice();
 * const sizes = { vocabSize: 16, hiddenSize: 32, intermediateSize: 64, layers: 1 };
 * using model = new LanguageModel({ ...smallTextConfig, ...sizes }, device);
 * model.memory.initialize(0);
 *
 * const options = { batch: 1, context: 4, accumulate: 1, labelSmoothing: 0 };
 * using training = await TrainingStep.make(model, options);
 * const batch = { tokens: Int32Array.of(3, 1, 4, 1), targets: Int32Array.of(1, 4, 1, 5) };
 * const adamw = { weightDecay: 0, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, clip: 1 };
 * for (let step = 1; step <= 3; step++) {
 *   await training.run([batch], { step, seed: 0, learningRate: 0.01, ...adamw });
 * }
 * const [first, , last] = await training.records(1, 3);
 * assert(last.loss < first.loss);
 * ```
 */
export class TrainingStep<Batch> implements Disposable {
  /** Every dispatch of the step. */
  readonly plan: Plan;
  /** What is run: one plan; with a reduction two, the gradients and what follows on them. */
  readonly compiled: readonly [CompiledPlan, CompiledPlan?];
  readonly #parts: StepParts<Batch>;

  private constructor(parts: StepParts<Batch>) {
    const { gradients, record, update } = parts.plans;
    this.plan = concatenatePlans([gradients, record, update]);
    this.compiled = parts.compiled;
    this.#parts = parts;
  }

  /**
   * Traces, differentiates, plans and compiles a step of `model`.
   *
   * @throws {InputError} If there is no optimizer of the name.
   * @throws {WorkError} If the device has no room or a kernel does not compile.
   */
  static async make<Batch, Size>(
    model: Trainable<Batch, Size>,
    options: Size & StepOptions,
  ): Promise<TrainingStep<Batch>> {
    const { optimizer: name = DEFAULT_OPTIMIZER, reduce } = options;
    const { memory } = model;
    const optimizer = findOptimizer(name);
    const history: BufferSpec = { label: "history", byteLength: HISTORY_STEPS * 8 };
    const { plans, microBatches, losses } = planStep(model, options, optimizer, history);
    const compiled = await compileStep(memory, plans, reduce !== undefined);
    const reduction = reduce && (() => reduce(reducedValues(memory, compiled[0], losses)));
    const ring = new Value({ shape: [HISTORY_STEPS, 2], dtype: "f32" }, {
      location: { buffer: history, byteOffset: 0 },
    });
    return new TrainingStep({ plans, compiled, microBatches, optimizer, reduction, history: ring });
  }

  /**
   * Enqueues one optimizer step over the micro-batches. Without a reduction everything is enqueued when it returns; with
   * one when the promise resolves.
   *
   * @param batches As many as are accumulated.
   * @param settings Number of the step, learning rate and whatever else it goes by.
   * @throws {RangeError} If a batch does not have the size that was compiled.
   * @throws {DispatchError} If the device stopped half way, but weights and states of the optimizer are as they were.
   * @throws {ReductionError} If the reduction failed; weights and states are as they were.
   * @throws {WorkError} If the device failed in the middle of the update.
   */
  async run(batches: readonly Batch[], settings: StepSettings): Promise<void> {
    const { compiled: [first, second], microBatches, optimizer, reduction } = this.#parts;
    microBatches.forEach((traced, index) => traced.write(first, batches[index]));
    const scalars = optimizer.scalars(settings, settings.step);
    const step = encodeStep({ ...settings, optimizer: scalars });
    if (second && reduction) {
      first.run(step);
      await reducing(settings.step, reduction);
      this.#update(second, step);
    } else this.#update(first, step);
  }

  /** Runs the plan that ends with the update. */
  #update(compiled: CompiledPlan, step: Uint8Array): void {
    const { length } = compiled.executable.plan.dispatches;
    const updateBegins = length - this.#parts.plans.update.dispatches.length;
    try {
      compiled.run(step);
    } catch (error) {
      // Weights that are half updated are no state to go back to.
      const isUpdating = error instanceof DispatchError && error.dispatchIndex >= updateBegins;
      throw isUpdating ? new WorkError(error.message, { cause: error }) : error;
    }
  }

  /**
   * Loss and gradient norm of the steps from `first` to `last`, once they are done.
   *
   * @throws {RangeError} If the device no longer keeps the first of them.
   */
  async records(first: number, last: number): Promise<StepRecord[]> {
    if (last - first >= HISTORY_STEPS) {
      throw new RangeError(`Cannot read ${last - first + 1} steps back: ${HISTORY_STEPS} are kept`);
    }
    const { compiled, history } = this.#parts;
    const ring = await (compiled[1] ?? compiled[0]).read(history);
    return Array.from({ length: last - first + 1 }, (_, i) => {
      const at = 2 * ((first + i - 1) % HISTORY_STEPS);
      return { step: first + i, loss: ring[at], gradientNorm: ring[at + 1] };
    });
  }

  /** What was compiled, in the order in which it runs. */
  get plans(): Plan[] {
    return this.#parts.compiled.flatMap((compiled) => compiled?.executable.plan ?? []);
  }

  /** Gives back what was compiled; the model stays. */
  [Symbol.dispose](): void {
    for (const compiled of this.#parts.compiled) compiled?.[Symbol.dispose]();
  }
}

/** What a step consists of. */
interface StepParts<Batch> {
  readonly plans: StepPlans;
  readonly compiled: readonly [CompiledPlan, CompiledPlan?];
  readonly microBatches: readonly LossTrace<Batch>[];
  readonly optimizer: Optimizer;
  readonly reduction?: () => Promise<void>;
  /** Ring of (loss, gradient norm), (HISTORY_STEPS, 2) f32. */
  readonly history: Value;
}

/** One plan; or two over the same memory, if something happens between gradients and update. */
async function compileStep(
  memory: TrainingMemory,
  { gradients, record, update }: StepPlans,
  apart: boolean,
): Promise<[CompiledPlan, CompiledPlan?]> {
  if (!apart) return [await memory.compile(concatenatePlans([gradients, record, update]))];
  using made = new DisposableStack();
  const first = made.use(await memory.compile(gradients));
  const second = await memory.compile(concatenatePlans([record, update]), first);
  made.move();
  return [first, second];
}

async function reducing(step: number, reduction: () => Promise<void>): Promise<void> {
  try {
    await reduction();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ReductionError(`Cannot reduce the gradients of step ${step}: ${why}`, { cause });
  }
}
