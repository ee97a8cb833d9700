/**
 * AdamW, the optimizer of every run that names no other.
 *
 * @module
 */
import { adamw, adamwScalars } from "../../ops/adamw.ts";
import type { Optimizer } from "../optimizer.ts";

/**
 * AdamW with clipping by the norm of all gradients.
 *
 * @see Loshchilov and Hutter, "Decoupled Weight Decay Regularization", arXiv 1711.05101
 */
export const adamwOptimizer: Optimizer = {
  name: "adamw",
  states: ["first_moment", "second_moment"],
  scalars: adamwScalars,
  update: (shards, norm) =>
    adamw(
      shards.map(({ states: [first, second], ...shard }) => ({ ...shard, first, second })),
      norm,
    ),
};
