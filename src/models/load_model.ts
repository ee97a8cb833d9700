/**
 * Models from their files, wherever those are.
 *
 * @module
 */
import type { Device } from "../device/device.ts";
import { selectTensors, type TensorFile } from "../files/tensor_file.ts";
import { familyOfConfig } from "./families.ts";
import type { ModelFamily } from "./family.ts";
import type { Model, ModelConfig } from "./model.ts";
import { CONFIG_FILE, type ModelFiles, readJsonOf, WEIGHTS_FILE } from "./model_files.ts";

/**
 * Loads a model of any family from its `config.json` and `model.safetensors`.
 *
 * @param family Its family, if only one will do.
 * @throws {InputError} If a file is missing or damaged, or of another family, or the weights do not fit the
 * configuration.
 * @throws {WorkError} If the device has no room.
 */
export async function loadModelFrom<M extends Model = Model>(
  files: ModelFiles,
  device: Device,
  family?: ModelFamily<ModelConfig, M>,
): Promise<M> {
  const json = await readJsonOf(files, CONFIG_FILE);
  const source = files.placeOf(CONFIG_FILE);
  // Without a family any will do.
  const own = family ?? familyOfConfig(json, source) as ModelFamily<ModelConfig, M>;
  const model = own.make(own.configFromJson(json, source), device);
  try {
    using weights = await files.openTensors(WEIGHTS_FILE);
    await loadWeightsFrom(model, weights);
  } catch (error) {
    model[Symbol.dispose]();
    throw error;
  }
  return model;
}

/** What of a file {@link loadWeightsFrom} uploads. */
export interface LoadWeightsOptions {
  /**
   * Leave out what belongs to the weight quantizer of the model in the file, which may be another: learned scales start
   * from the weights, thresholds as the configuration says. Default no.
   */
  readonly withoutWeightQuantizer?: boolean;
  /** Leave out what belongs to its activation quantizer: running maxima start anew. Default no. */
  readonly withoutRunningMaxima?: boolean;
}

/**
 * Uploads weights.
 *
 * @throws {InputError} If they do not fit the model, or cannot be read.
 */
export async function loadWeightsFrom(
  model: Model,
  file: TensorFile,
  { withoutWeightQuantizer = false, withoutRunningMaxima = false }: LoadWeightsOptions = {},
): Promise<void> {
  const leftOut = (name: string) =>
    withoutWeightQuantizer && /\.weight_(step|threshold)$/.test(name) ||
    withoutRunningMaxima && name.endsWith(".running_max");
  const kept = selectTensors(file, (name) => leftOut(name) ? undefined : name);
  await model.memory.load("parameters", kept);
}
