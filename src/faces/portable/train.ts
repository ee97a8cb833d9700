/**
 * What of `train.ts` needs no host: pages have it too.
 *
 * @module
 */
export * from "../../train/initial_state.ts";
export * from "../../train/optimizer.ts";
export * from "../../train/optimizers.ts";
export * from "../../train/optimizers/adamw.ts";
export * from "../../train/options.ts";
export * from "../../train/reduction.ts";
export * from "../../train/schedule.ts";
export * from "../../train/step.ts";
export * from "../../train/task.ts";
export * from "../../train/tuner/options.ts";
