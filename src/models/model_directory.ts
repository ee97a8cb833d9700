/**
 * Models on disk: `config.json` and `model.safetensors`, as Hugging Face lays them out.
 *
 * @module
 */
import { readTextFile } from "../host/files.ts";
import { join } from "../host/paths.ts";
import type { Device } from "../device/device.ts";
import { InputError } from "../errors.ts";
import { writeFileAtomic } from "../files/atomic.ts";
import { fileError } from "../files/file_error.ts";
import { openSafetensors, writeSafetensors } from "../files/safetensors.ts";
import { selectTensors } from "../files/tensor_file.ts";
import { familyOfConfig } from "./families.ts";
import type { ModelFamily } from "./family.ts";
import type { Model, ModelConfig } from "./model.ts";

/** File of a model directory that says what the model is. */
export const CONFIG_FILE = "config.json";

/** File of a model directory that holds the weights, and what the quantizers keep. */
export const WEIGHTS_FILE = "model.safetensors";

/**
 * Reads a JSON file.
 *
 * @throws {InputError} If it is missing or no JSON.
 */
export async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readTextFile(path);
  } catch (error) {
    throw fileError("read", path, error);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError(
      `Cannot read ${path}: it is not JSON (${error instanceof Error ? error.message : error})`,
    );
  }
}

/**
 * The family of the model in a directory: a run's, a checkpoint's or anyone's.
 *
 * @throws {InputError} If there is none, or its `config.json` is damaged.
 */
export async function readModelFamily(directory: string): Promise<ModelFamily> {
  const path = join(directory, CONFIG_FILE);
  return familyOfConfig(await readJson(path), path);
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
  const path = join(directory, CONFIG_FILE);
  const json = await readJson(path);
  return (family ?? familyOfConfig(json, path) as ModelFamily<C>).configFromJson(json, path);
}

/**
 * Loads a model of any family: `config.json` and `model.safetensors` of a run, a checkpoint's or anyone's
 * directory. Its `family`, or `instanceof`, tells which it is.
 *
 * @param family Its family, if only one will do.
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
  family?: ModelFamily<ModelConfig, M>,
): Promise<M> {
  const config = join(directory, CONFIG_FILE);
  const json = await readJson(config);
  // Without a family any will do.
  const own = family ?? familyOfConfig(json, config) as ModelFamily<ModelConfig, M>;
  const model = own.make(own.configFromJson(json, config), device);
  try {
    await loadWeights(model, join(directory, WEIGHTS_FILE));
  } catch (error) {
    model[Symbol.dispose]();
    throw error;
  }
  return model;
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

/** What of a file {@link loadWeights} uploads. */
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
 * Uploads the weights in a safetensors file.
 *
 * @throws {InputError} If the file is missing or damaged, or does not fit the model.
 */
export async function loadWeights(
  model: Model,
  path: string,
  { withoutWeightQuantizer = false, withoutRunningMaxima = false }: LoadWeightsOptions = {},
): Promise<void> {
  using file = await openSafetensors(path);
  const leftOut = (name: string) =>
    withoutWeightQuantizer && /\.weight_(step|threshold)$/.test(name) ||
    withoutRunningMaxima && name.endsWith(".running_max");
  const kept = selectTensors(file, (name) => leftOut(name) ? undefined : name);
  await model.memory.load("parameters", kept);
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
