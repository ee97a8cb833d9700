/**
 * What an optimizer is: what it keeps of every parameter, what it reads of the step, and how it updates.
 *
 * @module
 */
import type { AdamwValues } from "../ops/adamw.ts";
import type { Value } from "../tensor/value.ts";

/**
 * What the run says of a step's update: its options, as schedule and tuner have changed them. They are AdamW's; another
 * optimizer takes of them what it has a use for.
 */
export type UpdateSettings = AdamwValues;

/** A flat buffer of parameters, and what lies like it; each (n) f32 in a buffer of its own. */
export interface UpdatedShard {
  /** The weights: written in place. */
  readonly parameters: Value;
  /** d(loss)/d(weights), the mean over the micro-batches. */
  readonly gradients: Value;
  /** What {@link Optimizer.states} names, in that order: written in place. */
  readonly states: readonly Value[];
  /** Weight decay applies to elements `[0, decayLength)` and to no others. */
  readonly decayLength: number;
}

/**
 * A way to update parameters by their gradients. One file in `src/train/optimizers/` each, and one line in
 * `src/train/optimizers.ts`; or any object, once `registerOptimizer` has it.
 *
 * @example Stochastic gradient descent with momentum: u ← 0.9 u + g, w ← w − η u
 * ```ts
 * import assert from "node:assert/strict";
 * import { type Optimizer, registerOptimizer } from "../../mod.ts";
 * import { scaledAdd } from "../faces/ops.ts";
 * import { findOptimizer } from "../faces/train.ts";
 *
 * const momentumDescent: Optimizer = {
 *   name: "momentum_descent",
 *   states: ["velocity"],
 *   scalars: ({ learningRate }) => [0.9, 1, -learningRate],
 *   update: (shards, norm) =>
 *     shards.flatMap(({ parameters, gradients, states: [velocity] }) => {
 *       const moved = scaledAdd(velocity, gradients, norm, { x: 1, y: 0 });
 *       return [moved, scaledAdd(parameters, moved, norm, { x: 2, y: 1 })];
 *     }),
 * };
 * registerOptimizer(momentumDescent); // now it can be the `optimizer` of a run
 * assert.equal(findOptimizer("momentum_descent"), momentumDescent);
 * ```
 */
export interface Optimizer {
  /** What options and checkpoints call it. */
  readonly name: string;
  /**
   * What it keeps of every parameter: names of buffers that are laid out like the parameters and begin with zeros. In a
   * checkpoint that of the parameter `w` is `<name>.w`.
   */
  readonly states: readonly string[];
  /**
   * The scalars that the update reads from the step uniform, from `OPTIMIZER_OFFSET` on.
   *
   * @param step Number of the step, from 1.
   */
  scalars(settings: UpdateSettings, step: number): readonly number[];
  /**
   * Emits the update.
   *
   * @param shards Every parameter and what lies like it.
   * @param norm (1) f32, the norm ‖g‖ of all gradients. Where it is not finite, nothing should change.
   * @returns Roots for the plan: everything that was written, in place.
   */
  update(shards: readonly UpdatedShard[], norm: Value): Value[];
}
