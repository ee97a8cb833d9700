/**
 * Station 1: what a run is, as far as its options alone say it.
 *
 * @module
 */
import { resolve } from "../host/paths.ts";
import type { RunConfig } from "../train/run_config.ts";
import { optionGroups } from "./families.ts";
import type { RunFamily } from "./family.ts";
import { type GeneralValues, tableOf } from "./options/values.ts";
import { checkLength, checkTraining, quantizationFrom, trainingFrom } from "./recipe.ts";

/**
 * The configuration that options describe; the data fills in what only it can tell.
 *
 * @throws {InputError} If they contradict each other, or describe no model that can be built.
 */
export function draftRun(family: RunFamily, options: GeneralValues): RunConfig {
  checkLength(options);
  const { model, data } = family.draft(options, quantizationFrom(options));
  const table = tableOf(optionGroups(family));
  const config: RunConfig = {
    family: family.models.name,
    model,
    training: trainingFrom(table, options, family.rates(model)),
    epochs: options.epochs ?? null,
    data,
    // As an absolute path, so that it means the same when the run is resumed from another folder.
    init: options.init === undefined ? null : resolve(options.init),
  };
  checkRun(family, config);
  return config;
}

/** Finds impossible shapes before any data is loaded. */
export function checkRun(family: RunFamily, { model, training }: RunConfig): void {
  family.models.checkConfig(model);
  checkTraining(model, training);
}
