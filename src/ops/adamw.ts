/**
 * AdamW over flat buffers: one dispatch per buffer, whatever the number of parameters.
 *
 * @module
 */
import { adamwKernel } from "../../kernels/optimizer/adamw.ts";
import { callKernel } from "../tensor/kernel_call.ts";
import { apply, type Op } from "../tensor/op.ts";
import type { Value } from "../tensor/value.ts";
import { STEP_BYTES, type StepValues } from "./step_values.ts";

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
}

/** Updates parameters and moments in place; see `kernels/optimizer/adamw.wgsl`. */
export const adamwOp: Op<AdamwAttributes, StepValues> = {
  name: "adamw",
  // (gradients, norm, parameters, m, v): the last three are written in place.
  infer: (inputs) => inputs.slice(2),
  lower({ inputs: [gradients, norm], outputs, attributes }) {
    const count = gradients.shape[0];
    const [parameters, first, second] = outputs;
    return [callKernel(adamwKernel, {
      constants: { COUNT: count, DECAY_COUNT: attributes.decayCount },
      reads: { gradients, norm },
      writes: { parameters, first, second },
      extent: [count],
      stepBytes: STEP_BYTES,
      flops: 16 * count,
    })];
  },
  reference([gradients, [norm], ...state], { attributes: { decayCount } }, step) {
    if (!step?.optimizer) throw new TypeError("Cannot compute adamw without its step values");
    const [parameters, first, second] = state.map((values) => values.slice());
    const [learningRate, weightDecay, beta1, beta2, epsilon, clip, ...corrections] = step.optimizer;
    if (!Number.isFinite(norm)) return [parameters, first, second];
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
    return [parameters, first, second];
  },
};

/** A flat buffer of parameters with what AdamW keeps of them; each (n) f32 that lies in a buffer of its own. */
export interface AdamwShard {
  /** The weights. */
  readonly parameters: Value;
  /** Their gradients. */
  readonly gradients: Value;
  /** Running mean of the gradient. */
  readonly first: Value;
  /** Running mean of the squared gradient. */
  readonly second: Value;
  /** Leading elements that weight decay applies to. */
  readonly decayLength: number;
}

/**
 * One AdamW update of every shard in place, with clipping by the norm ‖g‖ over all of them:
 *
 * - g ← g · min(1, clip / (‖g‖ + 1e-6)), unless clip is 0
 * - m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g²
 * - w ← w (1 − η λ), where weight decay applies
 * - w ← w − η m̂ / (√v̂ + ε), with m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ)
 *
 * η, λ, β₁, β₂, ε, clip and the corrections come from the step values, see {@link adamwScalars}. If the norm is not
 * finite, weights and moments stay as they are.
 *
 * @param norm (1) f32, ‖g‖.
 * @returns Roots for the plan.
 * @see Loshchilov and Hutter, "Decoupled Weight Decay Regularization", arXiv 1711.05101
 */
export function adamw(shards: readonly AdamwShard[], norm: Value): Value[] {
  return shards.flatMap(({ parameters, gradients, first, second, decayLength }) => {
    const inPlace = [parameters, first, second];
    const outputs = apply(adamwOp, [gradients, norm, ...inPlace], { decayCount: decayLength });
    outputs.forEach((output, i) => output.location = inPlace[i].location);
    return outputs;
  });
}
