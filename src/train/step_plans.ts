/**
 * The plans that a training step consists of.
 *
 * @module
 */
import type { BufferSpec, Plan } from "../device/device.ts";
import type { LossTrace, Trainable } from "../models/model.ts";
import type { TrainingMemory } from "../models/training_memory.ts";
import { LOSS_STRIDE, recordStep } from "../ops/step_record.ts";
import type { GradientBits } from "../tensor/op.ts";
import { concatenatePlans, makePlan } from "../tensor/plan.ts";
import { reverse } from "../tensor/reverse.ts";
import { constant, Value } from "../tensor/value.ts";
import type { Optimizer, UpdatedShard } from "./optimizer.ts";
import { defaultGradientBits } from "./options.ts";

/** What the plans of a step depend on. */
export interface PlanOptions {
  /** Micro-batches whose mean gradient makes one step. */
  readonly accumulate: number;
  /** Share of a target's probability that is spread over the vocabulary. */
  readonly labelSmoothing: number;
  /** Whether the quantizers act; default yes. Without them it is a step of the same model in float. */
  readonly quantized?: boolean;
  /** Bits of gradients in the products with codes; default {@link defaultGradientBits}. */
  readonly gradientBits?: GradientBits;
}

/** The parts of a step, in their order. */
export interface StepPlans {
  /** Codes of all weights, then forward and backward of each micro-batch. */
  readonly gradients: Plan;
  /** The norm of all gradients, and the record of the step. */
  readonly record: Plan;
  /** What the optimizer does. */
  readonly update: Plan;
}

/** A step, planned. */
export interface PlannedStep<Batch> {
  /** Its parts. */
  readonly plans: StepPlans;
  /** The graph of each micro-batch. */
  readonly microBatches: readonly LossTrace<Batch>[];
  /** The loss of each micro-batch, one every {@link LOSS_STRIDE} elements. */
  readonly losses: BufferSpec;
}

/**
 * Traces, differentiates and plans a step.
 *
 * @param history Ring of (loss, gradient norm) pairs, for the record.
 */
export function planStep<Batch, Size>(
  model: Trainable<Batch, Size>,
  options: Size & PlanOptions,
  optimizer: Optimizer,
  history: BufferSpec,
): PlannedStep<Batch> {
  const { accumulate } = options;
  const losses: BufferSpec = { label: "losses", byteLength: accumulate * LOSS_STRIDE * 4 };
  const { plan: gradients, microBatches } = planGradients(model, options, losses);
  const shards = updatedShards(model.memory, optimizer);
  const buffers = { losses, history, microBatches: accumulate };
  const norm = recordStep(shards.map((shard) => shard.gradients), buffers);
  const record = makePlan([norm]);
  // A leaf: the plan of the update does not compute it again.
  const recorded = new Value(norm, { location: norm.location });
  const update = makePlan(optimizer.update(shards, recorded));
  return { plans: { gradients, record, update }, microBatches, losses };
}

function planGradients<Batch, Size>(
  model: Trainable<Batch, Size>,
  options: Size & PlanOptions,
  losses: BufferSpec,
): { plan: Plan; microBatches: LossTrace<Batch>[] } {
  const { accumulate, labelSmoothing, quantized = true } = options;
  const { gradientBits = defaultGradientBits } = options;
  const { layout, weightCodes } = model.memory;
  const seed = constant("loss cotangent", [], new Float32Array([1 / accumulate]));
  const microBatches: LossTrace<Batch>[] = [];
  const plans = quantized ? [makePlan(weightCodes.quantize())] : [];
  for (let index = 0; index < accumulate; index++) {
    const traced = model.traceLoss(options, { labelSmoothing, quantized, microBatch: index });
    const { loss } = traced;
    microBatches.push(traced);
    loss.location = { buffer: losses, byteOffset: index * LOSS_STRIDE * 4 };
    const { stores } = reverse(loss, seed, { layout, accumulate: index > 0, gradientBits });
    plans.push(makePlan([loss, ...stores]));
  }
  if (quantized) plans.push(makePlan(weightCodes.finishGradients()));
  return { plan: concatenatePlans(plans), microBatches };
}

/** What an optimizer updates, shard by shard. */
function updatedShards(memory: TrainingMemory, { states }: Optimizer): UpdatedShard[] {
  const kinds = states.map((name) => memory.shardBuffers(name));
  return memory.layout.shards.map((shard) => {
    const whole = (buffer: BufferSpec) =>
      new Value({ shape: [shard.length], dtype: "f32" }, { location: { buffer, byteOffset: 0 } });
    return {
      parameters: whole(shard.parameters),
      gradients: whole(shard.gradients),
      states: kinds.map((buffers) => whole(buffers.get(shard)!)),
      decayLength: shard.decayLength,
    };
  });
}
