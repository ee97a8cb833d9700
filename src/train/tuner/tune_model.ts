/**
 * The tuner at a model: what it can see there, and what it changes.
 *
 * @module
 */
import type { Model } from "../../models/model.ts";
import type { LayerStatistics } from "../../models/layer_statistics.ts";
import type { TunerOptions } from "./options.ts";
import type { TunerState } from "./state.ts";
import { tune, type TunerInputs, type Tuning } from "./tuner.ts";

/** What the model cannot tell of a call. */
export interface CallInputs
  extends Pick<TunerInputs, "step" | "scheduledLearningRate" | "momentum"> {
  /** Steps of the warmup, unless the tuner ended it earlier. */
  readonly warmupSteps: number;
  /** Statistics of the last evaluation; empty in float. */
  readonly layers: ReadonlyMap<string, LayerStatistics>;
}

/** Calls the tuner after an evaluation and gives the model the thresholds it decided on. */
export function tuneModel(
  model: Model,
  state: TunerState,
  options: TunerOptions,
  { layers, warmupSteps, ...inputs }: CallInputs,
): Tuning {
  const { thresholds } = model.memory;
  const tuning = tune(state, options, {
    ...inputs,
    warmupSteps: state.warmupEnd ?? warmupSteps,
    layers: thresholds.values.size === 0 ? undefined : withThreshold(layers),
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
