/**
 * Models on disk: `config.json` and `model.safetensors`, as Hugging Face lays them out.
 *
 * @module
 */
import { exists, readTextFile } from "../host/files.ts";
import { join } from "../host/paths.ts";
import type { Device } from "../device/device.ts";
import { writeFileAtomic } from "../files/atomic.ts";
import { fileError } from "../files/file_error.ts";
import { parseJson } from "../files/json_text.ts";
import { openSafetensors, writeSafetensors } from "../files/safetensors.ts";
import type { OpenTensorFile } from "../files/tensor_file.ts";
import { familyOfConfig } from "./families.ts";
import type { ModelFamily } from "./family.ts";
import {
  loadModelFrom,
  type LoadModelOptions,
  loadWeightsFrom,
  type LoadWeightsOptions,
} from "./load_model.ts";
import type { Model, ModelConfig } from "./model.ts";
import { openWeights } from "./open_weights.ts";
import { CONFIG_FILE, type ModelFiles, readJsonOf, WEIGHTS_FILE } from "./model_files.ts";

export { CONFIG_FILE, WEIGHTS_FILE } from "./model_files.ts";
export type { LoadModelOptions, LoadWeightsOptions } from "./load_model.ts";

/**
 * Reads a JSON file.
 *
 * @throws {InputError} If it is missing or no JSON.
 */
export async function readJson(path: string): Promise<unknown> {
  return parseJson(await readText(path), path);
}

async function readText(path: string): Promise<string> {
  try {
    return await readTextFile(path);
  } catch (error) {
    throw fileError("read", path, error);
  }
}

/** The files of a model in a folder. */
function modelFilesIn(directory: string): ModelFiles {
  const placeOf = (name: string) => join(directory, name);
  return {
    placeOf,
    has: (name) => exists(placeOf(name)),
    readText: (name) => readText(placeOf(name)),
    openTensors: (name) => openSafetensors(placeOf(name)),
  };
}

/**
 * The family of the model in a directory: a run's, a checkpoint's or anyone's.
 *
 * @throws {InputError} If there is none, or its `config.json` is damaged.
 */
export async function readModelFamily(directory: string): Promise<ModelFamily> {
  const files = modelFilesIn(directory);
  return familyOfConfig(await readJsonOf(files, CONFIG_FILE), files.placeOf(CONFIG_FILE));
}

/**
 * Reads what the model in a directory is: a run's, a checkpoint's or anyone's.
 *
 * @param family Its family, if only one will do.
 * @throws {InputError} If there is none, or its `config.json` is damaged or of another family.
 */
export async function readModelConfig<C extends ModelConfig = ModelConfig>(
  directory: string,
  family?: ModelFamily<C>,
): Promise<C> {
  const files = modelFilesIn(directory);
  const json = await readJsonOf(files, CONFIG_FILE);
  const path = files.placeOf(CONFIG_FILE);
  return (family ?? familyOfConfig(json, path) as ModelFamily<C>).configFromJson(json, path);
}

/**
 * Loads a model of any family: `config.json` and `model.safetensors` of a run, a checkpoint's or anyone's
 * directory. Its `family`, or `instanceof`, tells which it is.
 *
 * Unless it is loaded to be trained, `gradients` fetches the latent weights, from the same file, on its first call.
 *
 * @throws {InputError} If a file is missing or damaged, or of another family, or the weights do not fit the
 * configuration.
 * @throws {WorkError} If the device has no room.
 *
 * @example
 * ```ts ignore
 * import { loadModel, openDevice } from "../../mod.ts";
 *
 * using device = await openDevice();
 * using model = await loadModel("runs/demo", device);
 * const { logits } = await model.forward(new Int32Array([1, 2, 3]), { shape: [1, 3] });
 * ```
 */
export async function loadModel<M extends Model = Model>(
  directory: string,
  device: Device,
  options: LoadModelOptions<M> = {},
): Promise<M> {
  return await loadModelFrom(modelFilesIn(directory), device, options);
}

/**
 * Writes a model directory, which {@link loadModel} opens.
 *
 * @param facts Further fields of `config.json`.
 * @throws {InputError} If the directory cannot be written to.
 * @throws {WorkError} If the disk is full or failing.
 */
export async function saveModel(
  model: Model,
  directory: string,
  facts: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await saveWeights(model, join(directory, WEIGHTS_FILE));
  const config = JSON.stringify({ ...model.configJson, ...facts }, null, 2);
  // Last: its presence is what makes the directory a model.
  await writeFileAtomic(join(directory, CONFIG_FILE), config + "\n");
}

/**
 * Uploads the weights in a safetensors file.
 *
 * @throws {InputError} If the file is missing or damaged, or does not fit the model.
 */
export async function loadWeights(
  model: Model,
  path: string,
  options: LoadWeightsOptions = {},
): Promise<void> {
  using file = await openSafetensors(path);
  await loadWeightsFrom(model, file, options);
}

/**
 * Opens the weights in a model directory, in one file or in several.
 *
 * @throws {InputError} If there are none, or a file is damaged.
 */
export async function openModelTensors(directory: string): Promise<OpenTensorFile> {
  return await openWeights(modelFilesIn(directory));
}

/**
 * Writes the weights to a safetensors file in float32, whole or not at all.
 *
 * @throws {InputError} If the path cannot be written to.
 * @throws {WorkError} If the disk is full or failing.
 */
export async function saveWeights(model: Model, path: string): Promise<void> {
  await writeSafetensors(path, await model.memory.tensors("parameters"), { format: "pt" });
}
