/**
 * The model that a run starts from: the option `init`.
 *
 * @module
 */
import { OptionError, optionName } from "../errors.ts";
import { modelFamily } from "../models/families.ts";
import type { Model, ModelConfig } from "../models/model.ts";
import { loadWeightsFrom } from "../models/load_model.ts";
import { openModelTensors, readModelConfig } from "../models/model_directory.ts";
import { quantizationToJson } from "../nn/quantization.ts";
import type { RunConfig } from "../train/run_config.ts";
import { optionGroups } from "./families.ts";
import type { InitialModel, RunFamily } from "./family.ts";
import { tableOf } from "./options/values.ts";
import { keptOf } from "./resume.ts";

/**
 * Reads all but the weights of the model in a directory.
 *
 * @throws {InputError} If there is none of that family, or its file is damaged.
 */
export async function readInitialModel(
  family: RunFamily,
  directory: string,
): Promise<InitialModel> {
  return { directory, config: await readModelConfig(directory, family.models) };
}

/**
 * Checks that the weights of a model fit a run.
 *
 * @param known What is known of the run: what the options alone say of it, or all that the data tells too.
 * @throws {OptionError} If they do not, naming every option that would have to be another one.
 */
export function checkArchitecture(
  family: RunFamily,
  run: RunConfig,
  { directory, config }: InitialModel,
  known: "draft" | "data",
): void {
  const other = { ...run, model: config };
  const differ = Object.entries(tableOf(optionGroups(family))).filter(([, option]) =>
    "architecture" in option && option.architecture !== undefined &&
    (known === "data" || option.architecture === "draft") &&
    keptOf(option, other) !== keptOf(option, run)
  );
  if (differ.length === 0) return;
  const shown = (of: RunConfig) =>
    differ.map(([name, option]) => `${optionName(name)} ${keptOf(option, of)}`).join(" ");
  throw new OptionError(
    `Cannot start from ${directory}: its model has ${shown(other)}, this run ${shown(run)}; ` +
      "give the same",
  );
}

/**
 * Uploads the weights of the model in a directory. What its quantizers keep beside them is for this model only if
 * weights, or activations, are quantized in the same way.
 *
 * @throws {InputError} If the file is missing or damaged, or does not fit the model.
 */
export async function loadInitialWeights(
  model: Model,
  directory: string,
  onNote?: (line: string) => void,
): Promise<void> {
  const family = modelFamily(model.family);
  const config = await readModelConfig(directory, family);
  const parts = (config: ModelConfig) => {
    const all = family.quantizations(config).map(quantizationToJson);
    const activations = all.map(({ activation_bits: bits, activation_scheme: scheme }) => ({
      bits,
      scheme,
    }));
    const weights = all.map(({ activation_bits: _, activation_scheme: __, ...rest }) => rest);
    return { weights: JSON.stringify(weights), activations: JSON.stringify(activations) };
  };
  const [theirs, ours] = [parts(config), parts(model.config)];
  using file = await openModelTensors(directory);
  await loadWeightsFrom(model, file, {
    withoutWeightQuantizer: theirs.weights !== ours.weights,
    withoutRunningMaxima: theirs.activations !== ours.activations,
    onNote,
  });
}
