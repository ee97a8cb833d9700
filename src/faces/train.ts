/**
 * Training: the step and its parts, optimizers, schedules, tasks, the loop, checkpoints, the tuner.
 *
 * @module
 */
export * from "./portable/train.ts";
export * from "../train/checkpoint.ts";
export * from "../train/phases.ts";
export * from "../train/run_config.ts";
export * from "../train/run_directory.ts";
export * from "../train/run_events.ts";
export * from "../train/step_plans.ts";
export * from "../train/trainer.ts";
export * from "../train/training_hooks.ts";
export * from "../train/tuner/decision.ts";
export * from "../train/tuner/learning_rate_rules.ts";
export * from "../train/tuner/loss_trend.ts";
export * from "../train/tuner/momentum_rule.ts";
export * from "../train/tuner/state.ts";
export * from "../train/tuner/threshold_rules.ts";
export * from "../train/tuner/tune_model.ts";
export * from "../train/tuner/tuner.ts";
export * from "../train/tuner/warmup_rule.ts";
export * from "../train/memory_estimate.ts";
