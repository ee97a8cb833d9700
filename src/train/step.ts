/**
 * The training step: one plan, compiled once and replayed.
 *
 * Quantize all weights, then for each micro-batch forward and backward, then the optimizer: a flat list
 * of dispatches that runs in a single pass. Nothing is created between steps.
 *
 * @module
 */
import type { BufferSpec, Plan } from "../device/device.ts";
import type { LossTrace, Trainable } from "../models/model.ts";
import { adamw, adamwScalars, type AdamwValues, LOSS_STRIDE } from "../ops/adamw.ts";
import { encodeStep } from "../ops/step_values.ts";
import type { GradientBits } from "../tensor/op.ts";
import type { CompiledPlan } from "../tensor/compiled_plan.ts";
import { concatenatePlans, makePlan } from "../tensor/plan.ts";
import { reverse } from "../tensor/reverse.ts";
import { constant, Value } from "../tensor/value.ts";
import { defaultGradientBits } from "./options.ts";

/** What is compiled into a step. */
export interface StepOptions {
  /** Micro-batches whose mean gradient makes one step. */
  readonly accumulate: number;
  /** Share of a target's probability that is spread over the vocabulary. */
  readonly labelSmoothing: number;
  /** Whether the quantizers act; default yes. Without them it is a step of the same model in float. */
  readonly quantized?: boolean;
  /** Bits of gradients in the products with codes; default {@link defaultGradientBits}. */
  readonly gradientBits?: GradientBits;
}

/** What may change from step to step. */
export interface StepSettings extends AdamwValues {
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
 *   training.run([batch], { step, seed: 0, learningRate: 0.01, ...adamw });
 * }
 * const [first, , last] = await training.records(1, 3);
 * assert(last.loss < first.loss);
 * ```
 */
export class TrainingStep<Batch> implements Disposable {
  private constructor(
    /** Every dispatch of the step. */
    readonly plan: Plan,
    /** How many of them come before the optimizer's: until those begin, weights and moments are as they were. */
    readonly dispatchesBeforeUpdate: number,
    /** The plan, ready to run. */
    readonly compiled: CompiledPlan,
    /** The graph of each micro-batch. */
    readonly microBatches: readonly LossTrace<Batch>[],
    /** Ring of (loss, gradient norm), (HISTORY_STEPS, 2) f32. */
    readonly history: Value,
  ) {}

  /**
   * Traces, differentiates, plans and compiles a step of `model`.
   *
   * @throws {WorkError} If the device has no room or a kernel does not compile.
   */
  static async make<Batch, Size>(
    model: Trainable<Batch, Size>,
    options: Size & StepOptions,
  ): Promise<TrainingStep<Batch>> {
    const { accumulate, labelSmoothing, quantized = true } = options;
    const { gradientBits = defaultGradientBits } = options;
    const { memory } = model;
    const losses: BufferSpec = { label: "losses", byteLength: accumulate * LOSS_STRIDE * 4 };
    const history: BufferSpec = { label: "history", byteLength: HISTORY_STEPS * 8 };
    const seed = constant("loss cotangent", [], new Float32Array([1 / accumulate]));
    const microBatches: LossTrace<Batch>[] = [];

    const plans = quantized ? [makePlan(memory.weightCodes.quantize())] : [];
    for (let index = 0; index < accumulate; index++) {
      const traced = model.traceLoss(options, { labelSmoothing, quantized, microBatch: index });
      const { loss } = traced;
      microBatches.push(traced);
      loss.location = { buffer: losses, byteOffset: index * LOSS_STRIDE * 4 };
      const { stores } = reverse(loss, seed, {
        layout: memory.layout,
        accumulate: index > 0,
        gradientBits,
      });
      plans.push(makePlan([loss, ...stores]));
    }
    if (quantized) plans.push(makePlan(memory.weightCodes.finishGradients()));
    const [first, second] = ["first_moment", "second_moment"].map((n) => memory.shardBuffers(n));
    const shards = memory.layout.shards.map((shard) => ({
      ...shard,
      first: first.get(shard)!,
      second: second.get(shard)!,
    }));
    const optimizer = adamw(shards, { losses, history, microBatches: accumulate });
    const beforeUpdate = plans.reduce((sum, { dispatches }) => sum + dispatches.length, 0);
    plans.push(makePlan(optimizer));

    const plan = concatenatePlans(plans);
    const record = new Value({ shape: [HISTORY_STEPS, 2], dtype: "f32" }, {
      location: { buffer: history, byteOffset: 0 },
    });
    return new TrainingStep(plan, beforeUpdate, await memory.compile(plan), microBatches, record);
  }

  /**
   * Enqueues one optimizer step over the micro-batches; returns before it is done.
   *
   * @param batches As many as are accumulated.
   * @param settings Number of the step, learning rate and whatever else it goes by.
   * @throws {RangeError} If a batch does not have the size that was compiled.
   */
  run(batches: readonly Batch[], settings: StepSettings): void {
    this.microBatches.forEach((traced, index) => traced.write(this.compiled, batches[index]));
    const optimizer = adamwScalars(settings, settings.step);
    this.compiled.run(encodeStep({ ...settings, optimizer }));
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
    const ring = await this.compiled.read(this.history);
    return Array.from({ length: last - first + 1 }, (_, i) => {
      const at = 2 * ((first + i - 1) % HISTORY_STEPS);
      return { step: first + i, loss: ring[at], gradientNorm: ring[at + 1] };
    });
  }

  /** Gives back the compiled plan; the model stays. */
  [Symbol.dispose](): void {
    this.compiled[Symbol.dispose]();
  }
}
