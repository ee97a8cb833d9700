/**
 * The optimizer step over flat buffers: two dispatches per buffer, whatever the number of parameters.
 *
 * @module
 */
import { adamwKernel, gradientNormKernel } from "../../kernels/optimizer/adamw.ts";
import type { BufferSpec } from "../device/device.ts";
import { callKernel } from "../tensor/kernel_call.ts";
import { apply, type Op } from "../tensor/op.ts";
import type { Shard } from "../tensor/parameter.ts";
import { type Shape, Value } from "../tensor/value.ts";
import { STEP_BYTES, type StepValues } from "./step_values.ts";

/** Partial sums of squares that one gradient buffer is reduced to. */
const PARTIALS_PER_SHARD = 256;

/** Elements between the losses of two micro-batches: each lies at a bindable offset. */
export const LOSS_STRIDE = 64;

/** What the update of a step depends on besides gradients and moments. */
export interface AdamwValues {
  /** Factor of the update, η. */
  readonly learningRate: number;
  /** Decoupled weight decay λ: weights shrink by ηλ of themselves per step. */
  readonly weightDecay: number;
  /** β₁, how much of the first moment is kept per step. */
  readonly beta1: number;
  /** β₂, how much of the second moment is kept per step. */
  readonly beta2: number;
  /** ε, added to the root of the second moment. */
  readonly epsilon: number;
  /** Largest allowed gradient norm; 0 does not clip. */
  readonly clip: number;
}

/** What `kernels/optimizer/adamw.wgsl` calls the scalars of the step uniform that it reads, in their order. */
export const ADAMW_SCALARS = [
  "learning_rate",
  "weight_decay",
  "beta1",
  "beta2",
  "epsilon",
  "clip",
  "correction1",
  "correction2",
] as const;

/**
 * The scalars of an update, in the order of {@link ADAMW_SCALARS}. The bias corrections 1 − β₁ᵗ and 1 − β₂ᵗ are computed
 * here because float32 loses them for β near 1.
 *
 * @param step t, the number of the step, from 1.
 */
export function adamwScalars(values: AdamwValues, step: number): number[] {
  const { learningRate, weightDecay, beta1, beta2, epsilon, clip } = values;
  const corrections = [1 - beta1 ** step, 1 - beta2 ** step];
  return [learningRate, weightDecay, beta1, beta2, epsilon, clip, ...corrections];
}

/** What an update needs to know beside its tensors. */
export interface AdamwAttributes {
  /** Leading elements that weight decay applies to. */
  readonly decayCount: number;
  /** Losses whose mean is recorded. */
  readonly microBatches: number;
  /** Pairs of loss and norm that the record holds. */
  readonly historyLength: number;
  /** Whether this dispatch records loss and norm. */
  readonly record: boolean;
}

/** Partial sums of squares of a gradient buffer: gradients (n) → partials (256), in no particular order. */
export const gradientNormOp: Op<null> = {
  name: "gradient_norm",
  infer: () => [{ shape: [PARTIALS_PER_SHARD], dtype: "f32" }],
  lower: ({ inputs: [gradients], outputs }) => [callKernel(gradientNormKernel, {
    constants: { COUNT: gradients.shape[0] },
    reads: { gradients },
    writes: { partials: outputs[0] },
    extent: [PARTIALS_PER_SHARD],
    flops: 2 * gradients.shape[0],
  })],
  reference([gradients]) {
    const partials = new Float64Array(PARTIALS_PER_SHARD);
    gradients.forEach((g, i) => partials[Math.floor(i / 1024) % PARTIALS_PER_SHARD] += g * g);
    return [partials];
  },
};

/** Updates parameters and moments in place; see `kernels/optimizer/adamw.wgsl`. */
export const adamwOp: Op<AdamwAttributes, StepValues> = {
  name: "adamw",
  // (gradients, partials, losses, parameters, m, v, history): the last four are written in place.
  infer: (inputs) => inputs.slice(3),
  lower({ inputs, outputs, attributes }) {
    const [gradients, partials, losses] = inputs;
    const count = gradients.shape[0];
    return [callKernel(adamwKernel, {
      constants: {
        COUNT: count,
        DECAY_COUNT: attributes.decayCount,
        PARTIALS: partials.shape[0],
        MICRO_BATCHES: attributes.microBatches,
        LOSS_STRIDE,
        HISTORY: attributes.historyLength,
        RECORD: attributes.record,
      },
      reads: { gradients, partials, losses },
      writes: {
        parameters: outputs[0],
        first: outputs[1],
        second: outputs[2],
        history: outputs[3],
      },
      extent: [count],
      stepBytes: STEP_BYTES,
      flops: 16 * count,
    })];
  },
  reference([gradients, partials, losses, ...state], { attributes }, step) {
    if (!step?.optimizer) throw new TypeError("Cannot compute adamw without step values");
    const [parameters, first, second, history] = state.map((values) => values.slice());
    const [learningRate, weightDecay, beta1, beta2, epsilon, clip, ...corrections] = step.optimizer;
    const norm = Math.sqrt(partials.reduce((sum, value) => sum + value, 0));
    const { decayCount, microBatches, historyLength, record } = attributes;
    if (record) {
      let loss = 0;
      for (let i = 0; i < microBatches; i++) loss += losses[i * LOSS_STRIDE] / microBatches;
      history.set([loss, norm], 2 * ((step.step - 1) % historyLength));
    }
    if (!Number.isFinite(norm)) return [parameters, first, second, history];
    const scale = clip > 0 ? Math.min(1, clip / (norm + 1e-6)) : 1;
    for (let i = 0; i < parameters.length; i++) {
      const g = gradients[i] * scale;
      first[i] = beta1 * first[i] + (1 - beta1) * g;
      second[i] = beta2 * second[i] + (1 - beta2) * g * g;
      if (i < decayCount) parameters[i] *= 1 - learningRate * weightDecay;
      const mean = first[i] / corrections[0];
      const spread = Math.sqrt(second[i] / corrections[1]);
      parameters[i] -= learningRate * mean / (spread + epsilon);
    }
    return [parameters, first, second, history];
  },
};

/** A flat buffer of parameters with what AdamW keeps of them. */
export interface AdamwShard extends Shard {
  /** Running mean of the gradient. */
  readonly first: BufferSpec;
  /** Running mean of the squared gradient. */
  readonly second: BufferSpec;
}

/** Where the optimizer finds losses and leaves its record. */
export interface AdamwBuffers {
  /** One loss every {@link LOSS_STRIDE} elements. */
  readonly losses: BufferSpec;
  /** How many losses there are: one per micro-batch. */
  readonly microBatches: number;
  /** Ring of (loss, gradient norm) pairs. */
  readonly history: BufferSpec;
}

/**
 * One AdamW update of every shard in place, with clipping by the norm ‖g‖ over all of them:
 *
 * - g ← g · min(1, clip / (‖g‖ + 1e-6)), unless clip is 0
 * - m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g²
 * - w ← w (1 − η λ), where weight decay applies
 * - w ← w − η m̂ / (√v̂ + ε), with m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ)
 *
 * η, λ, β₁, β₂, ε, clip and the step t come from the step values. If the norm is not finite, weights and
 * moments stay as they are. The mean of the losses and the norm are recorded.
 *
 * @returns Roots for the plan.
 * @see Loshchilov and Hutter, "Decoupled Weight Decay Regularization", arXiv 1711.05101
 */
export function adamw(shards: readonly AdamwShard[], buffers: AdamwBuffers): Value[] {
  const at = (buffer: BufferSpec, shape: Shape, byteOffset = 0) =>
    new Value({ shape, dtype: "f32" }, { location: { buffer, byteOffset } });
  const partialBuffer: BufferSpec = {
    label: "gradient norm",
    byteLength: shards.length * PARTIALS_PER_SHARD * 4,
  };
  const roots = shards.map((shard, index) => {
    const [partials] = apply(gradientNormOp, [at(shard.gradients, [shard.length])], null);
    partials.location = { buffer: partialBuffer, byteOffset: index * PARTIALS_PER_SHARD * 4 };
    return partials;
  });
  const historyLength = buffers.history.byteLength / 8;
  for (const [index, shard] of shards.entries()) {
    const inPlace = [
      at(shard.parameters, [shard.length]),
      at(shard.first, [shard.length]),
      at(shard.second, [shard.length]),
      at(buffers.history, [historyLength, 2]),
    ];
    const outputs = apply(adamwOp, [
      at(shard.gradients, [shard.length]),
      at(partialBuffer, [shards.length * PARTIALS_PER_SHARD]),
      at(buffers.losses, [buffers.microBatches * LOSS_STRIDE]),
      ...inPlace,
    ], {
      decayCount: shard.decayLength,
      microBatches: buffers.microBatches,
      historyLength,
      record: index === 0,
    });
    outputs.forEach((output, i) => output.location = inPlace[i].location);
    roots.push(...outputs);
  }
  return roots;
}
