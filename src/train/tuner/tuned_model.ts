/**
 * The tuner at a model: what it can see there, and what it changes.
 *
 * @module
 */
import type { LanguageModel } from "../../models/language_model.ts";
import type { LayerStatistics } from "../../models/layer_statistics.ts";
import type { TunerLine } from "./decision.ts";
import type { TunerOptions } from "./options.ts";
import type { TunerState } from "./state.ts";
import { tune, type TunerInputs } from "./tuner.ts";

/** What the model cannot tell of a call. */
export interface CallInputs extends Pick<TunerInputs, "step" | "scheduledLearningRate"> {
  /** Steps of the warmup, unless the tuner ended it earlier. */
  readonly warmupSteps: number;
  /** Statistics of the last evaluation; empty in float. */
  readonly layers: ReadonlyMap<string, LayerStatistics>;
}

/** Calls the tuner after an evaluation and gives the model the thresholds it decided on. */
export function tuneModel(
  model: LanguageModel,
  state: TunerState,
  options: TunerOptions,
  { step, scheduledLearningRate, warmupSteps, layers }: CallInputs,
): { readonly state: TunerState; readonly line: TunerLine } {
  const { thresholds } = model.memory;
  const tuning = tune(state, options, {
    step,
    scheduledLearningRate,
    warmupSteps: state.warmupEnd ?? warmupSteps,
    layers: thresholds.values.size === 0 ? undefined : withThreshold(layers),
    momentum: undefined,
  });
  if (tuning.thresholds) {
    thresholds.set(
      new Map([...tuning.thresholds].map(([module, value]) => [`${module}.weight`, value])),
    );
  }
  return tuning;
}

function withThreshold(layers: ReadonlyMap<string, LayerStatistics>) {
  return new Map(
    [...layers].flatMap(([name, { threshold, sparsity }]) =>
      threshold === undefined ? [] : [[name, { threshold, sparsity }]]
    ),
  );
}
