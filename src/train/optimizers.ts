/**
 * The list of optimizers. Steps and checkpoints ask it for the one that a run names.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import type { Optimizer } from "./optimizer.ts";
import { adamwOptimizer } from "./optimizers/adamw.ts";

/** Of runs and checkpoints that name no optimizer. */
export const DEFAULT_OPTIMIZER: string = adamwOptimizer.name;

const optimizers = /* @__PURE__ */ new Map(
  /* @__PURE__ */ [adamwOptimizer].map((optimizer) => [optimizer.name, optimizer]),
);

/**
 * Adds a custom optimizer, which options and checkpoints can then name.
 *
 * @throws {InputError} If another one has its name.
 */
export function registerOptimizer(optimizer: Optimizer): void {
  const other = optimizers.get(optimizer.name);
  if (other !== undefined && other !== optimizer) {
    throw new InputError(
      `Cannot register the optimizer ${optimizer.name}: there is one of that name already`,
    );
  }
  optimizers.set(optimizer.name, optimizer);
}

/**
 * The optimizer of a name.
 *
 * @throws {InputError} If there is none.
 */
export function findOptimizer(name: string): Optimizer {
  const optimizer = optimizers.get(name);
  if (optimizer !== undefined) return optimizer;
  throw new InputError(
    `Cannot find the optimizer ${name}: there is ${[...optimizers.keys()].join(", ")}; ` +
      "register it first",
  );
}
