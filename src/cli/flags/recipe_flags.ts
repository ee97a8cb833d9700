/**
 * How a run is trained and quantized, from flags: what is the same for all models.
 *
 * @module
 */
import { InputError } from "../../errors.ts";
import type { ModelConfig } from "../../models/model.ts";
import { makeQuantization, type Quantization } from "../../nn/quantization.ts";
import { type TrainingOptions, trainingOptions } from "../../train/options.ts";
import type { RunConfig } from "../../train/run_config.ts";
import type { RunDirectory } from "../../train/run_directory.ts";
import { checkTunable, type TunerOptions, tunerOptions } from "../../train/tuner/options.ts";
import type { ParsedFlags } from "./commands.ts";
import { kebabCase } from "./flag.ts";

type TrainFlags = ParsedFlags<"train">;

/** @throws {InputError} If the length of the run is given twice. */
export function checkLength(flags: TrainFlags): void {
  if (!flags.given.has("steps") || !flags.given.has("epochs")) return;
  throw new InputError(
    `Cannot train for both --steps ${flags.steps} and --epochs ${flags.epochs}: give one of them`,
  );
}

/**
 * The training options that flags state.
 *
 * @param defaultRate The highest learning rate where no flag says it.
 * @param lastRate The share of it that is left at the end, likewise.
 */
export function optionsFromFlags(
  flags: TrainFlags,
  defaultRate: number,
  lastRate: number,
): Partial<TrainingOptions> {
  const learningRate = flags.lr ?? defaultRate;
  return {
    seed: flags.seed,
    steps: flags.steps,
    batch: flags.batch,
    context: flags.context,
    accumulate: flags.accumulate,
    order: flags.order,
    qatStart: flags.qatStart,
    learningRate,
    minLearningRate: flags.minLr ?? learningRate * lastRate,
    warmupSteps: flags.warmup,
    schedule: flags.schedule,
    beta1: flags.beta1,
    beta2: flags.beta2,
    weightDecay: flags.weightDecay,
    clip: flags.clip,
    gradientBits: flags.gradientBits,
    labelSmoothing: flags.labelSmoothing,
    logEvery: flags.logEvery,
    evalEvery: flags.evalEvery,
    saveEvery: flags.saveEvery,
    sampleEvery: flags.sampleEvery,
    keep: flags.keep,
    earlyStop: flags.earlyStop ?? null,
    tuner: tunerFromFlags(flags),
  };
}

/** Flags that mean nothing without `--use-tuner`. */
const TUNER_ONLY = [
  "useTunerLr",
  "aggressiveTuning",
  "targetSparsityMin",
  "targetSparsityMax",
] as const satisfies readonly (keyof TrainFlags)[];

function tunerFromFlags(flags: TrainFlags): TunerOptions | null {
  const { useTuner, useTunerLr, aggressiveTuning, targetSparsityMin, targetSparsityMax } = flags;
  if (useTuner) {
    return tunerOptions({
      learningRate: useTunerLr,
      aggressive: aggressiveTuning,
      targetSparsityMin,
      targetSparsityMax,
    });
  }
  const idle = TUNER_ONLY.find((flag) => flags[flag]);
  if (idle === undefined) return null;
  throw new InputError(
    `Cannot use --${kebabCase(idle)} without --use-tuner: add it, or leave both out`,
  );
}

/**
 * How weights and activations are quantized.
 *
 * @throws {InputError} If the flags do not go together, such as a scheme that cannot do the width.
 */
export function quantizationFromFlags(flags: TrainFlags): Quantization {
  return makeQuantization({
    weightBits: flags.bits,
    weightScheme: flags.scheme,
    weightGranularity: flags.granularity,
    weightThreshold: flags.threshold,
    activationBits: flags.given.has("activationBits") ? flags.activationBits : undefined,
    activationScheme: flags.activationScheme,
  });
}

/** @throws {InputError} If training options and model do not go together. */
export function checkTraining({ quantization }: ModelConfig, training: TrainingOptions): void {
  if (training.minLearningRate > training.learningRate) {
    throw new InputError(
      `Cannot lower the learning rate from ${training.learningRate} (--lr) to ` +
        `${training.minLearningRate} (--min-lr): the latter is larger`,
    );
  }
  if (training.qatStart > 0 && quantization.weightBits === 32) {
    throw new InputError(
      `Cannot begin quantization after ${training.qatStart} of the steps (--qat-start): ` +
        "32-bit weights are not quantized; choose other --bits",
    );
  }
  if (training.warmupSteps > training.steps) {
    throw new InputError(
      `Cannot warm up for ${training.warmupSteps} steps (--warmup): ` +
        `the run has ${training.steps} (--steps)`,
    );
  }
  const threshold = quantization.weightThreshold;
  if (training.tuner && threshold !== undefined) checkTunable(threshold);
}

/**
 * The training options of a run whose length `--epochs` says.
 *
 * @param run As it is without that.
 * @param stepsOf The steps of so many passes over its data.
 * @param stored Whether it was started before, so that its warmup is what it was.
 */
export function optionsWithEpochs(
  { training }: RunConfig,
  flags: TrainFlags,
  stepsOf: (epochs: number) => number,
  stored: boolean,
): TrainingOptions {
  if (flags.epochs === undefined) return training;
  const warmupSteps = stored ? training.warmupSteps : flags.warmup;
  return trainingOptions({ ...training, steps: stepsOf(flags.epochs), warmupSteps });
}

/** @throws {InputError} If the data of a stored run is not what it was. */
export function checkUnchanged(
  run: RunDirectory,
  source: string,
  kept: string,
  found: string,
): void {
  if (found === kept) return;
  throw new InputError(
    `Cannot resume ${run.path}: ${source} has changed since the run began ` +
      `(SHA-256 ${found.slice(0, 12)}… instead of ${kept.slice(0, 12)}…)`,
  );
}
