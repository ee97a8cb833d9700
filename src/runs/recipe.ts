/**
 * How a run is trained and quantized, from options: what is the same for all models.
 *
 * @module
 */
import { InputError, OptionError, optionName } from "../errors.ts";
import type { ModelConfig } from "../models/model.ts";
import { makeQuantization, type Quantization } from "../nn/quantization.ts";
import { type TrainingOptions, trainingOptions } from "../train/options.ts";
import type { RunConfig } from "../train/run_config.ts";
import type { RunDirectory } from "../train/run_directory.ts";
import { checkTunable, type TunerOptions, tunerOptions } from "../train/tuner/options.ts";
import type { RunOptionTable } from "./options/run_option.ts";
import type { GeneralValues } from "./options/values.ts";

/** @throws {OptionError} If the length of the run is given twice. */
export function checkLength({ given, steps, epochs }: GeneralValues): void {
  if (!given.has("steps") || !given.has("epochs")) return;
  throw new OptionError(
    `Cannot train for both ${optionName("steps")} ${steps} and ${
      optionName("epochs")
    } ${epochs}: ` +
      "give one of them",
  );
}

/**
 * The training options that options of a run set.
 *
 * @param table What each option sets.
 * @param values Their values.
 * @param rates What goes with the model where no option says it.
 */
export function trainingFrom(
  table: RunOptionTable,
  values: GeneralValues,
  rates: { readonly learningRate: number; readonly lastShare: number },
): TrainingOptions {
  const learningRate = values.lr ?? rates.learningRate;
  const given: Readonly<Record<string, unknown>> = values;
  const stated = Object.entries(table)
    .flatMap(([name, row]) => "training" in row ? [[row.training, given[name]]] : []);
  return trainingOptions({
    ...Object.fromEntries(stated),
    learningRate,
    minLearningRate: values.minLr ?? learningRate * rates.lastShare,
    earlyStop: values.earlyStop ?? null,
    tuner: tunerFrom(values),
  });
}

/** Options that mean nothing without `useTuner`. */
const TUNER_ONLY = [
  "useTunerLr",
  "aggressiveTuning",
  "targetSparsityMin",
  "targetSparsityMax",
] as const satisfies readonly (keyof GeneralValues)[];

function tunerFrom(values: GeneralValues): TunerOptions | null {
  const { useTuner, useTunerLr, aggressiveTuning, targetSparsityMin, targetSparsityMax } = values;
  if (useTuner) {
    return tunerOptions({
      learningRate: useTunerLr,
      aggressive: aggressiveTuning,
      targetSparsityMin,
      targetSparsityMax,
    });
  }
  const idle = TUNER_ONLY.find((option) => values[option]);
  if (idle === undefined) return null;
  throw new OptionError(
    `Cannot use ${optionName(idle)} without ${optionName("useTuner")}: add it, or leave both out`,
  );
}

/**
 * How weights and activations are quantized.
 *
 * @throws {InputError} If the options do not go together, such as a scheme that cannot do the width.
 */
export function quantizationFrom(values: GeneralValues): Quantization {
  return makeQuantization({
    weightBits: values.bits,
    weightScheme: values.scheme,
    weightGranularity: values.granularity,
    weightThreshold: values.threshold,
    activationBits: values.given.has("activationBits") ? values.activationBits : undefined,
    activationScheme: values.activationScheme,
  });
}

/** @throws {InputError} If training options and model do not go together. */
export function checkTraining({ quantization }: ModelConfig, training: TrainingOptions): void {
  if (training.minLearningRate > training.learningRate) {
    throw new OptionError(
      `Cannot lower the learning rate from ${training.learningRate} (${optionName("lr")}) to ` +
        `${training.minLearningRate} (${optionName("minLr")}): the latter is larger`,
    );
  }
  if (training.qatStart > 0 && quantization.weightBits === 32) {
    throw new OptionError(
      `Cannot begin quantization after ${training.qatStart} of the steps ` +
        `(${optionName("qatStart")}): 32-bit weights are not quantized; choose other ` +
        optionName("bits"),
    );
  }
  if (training.warmupSteps > training.steps) {
    throw new OptionError(
      `Cannot warm up for ${training.warmupSteps} steps (${optionName("warmup")}): ` +
        `the run has ${training.steps} (${optionName("steps")})`,
    );
  }
  const threshold = quantization.weightThreshold;
  if (training.tuner && threshold !== undefined) checkTunable(threshold);
}

/**
 * The training options of a run whose length `epochs` says.
 *
 * @param run As it is without that.
 * @param stepsOf The steps of so many passes over its data.
 * @param stored Whether it was started before, so that its warmup is what it was.
 */
export function trainingWithEpochs(
  { training }: RunConfig,
  { epochs, warmup }: GeneralValues,
  stepsOf: (epochs: number) => number,
  stored: boolean,
): TrainingOptions {
  if (epochs === undefined) return training;
  const warmupSteps = stored ? training.warmupSteps : warmup;
  return trainingOptions({ ...training, steps: stepsOf(epochs), warmupSteps });
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
