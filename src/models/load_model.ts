/**
 * Models from their files, wherever those are.
 *
 * @module
 */
import type { Device } from "../device/device.ts";
import { selectTensors, type TensorFile } from "../files/tensor_file.ts";
import { familyOfConfig } from "./families.ts";
import type { ModelFamily } from "./family.ts";
import { InferenceWeights } from "./inference_weights.ts";
import { type Model, type ModelConfig, trainableWeights } from "./model.ts";
import type { WeightSource } from "./weights.ts";
import { CONFIG_FILE, type ModelFiles, readJsonOf } from "./model_files.ts";
import { openWeights } from "./open_weights.ts";

/** How a model is loaded. */
export interface LoadModelOptions<M extends Model = Model> {
  /** Its family, if only one will do. */
  readonly family?: ModelFamily<ModelConfig, M>;
  /**
   * Whether it is to be trained: its latent weights are in memory, with room for gradients and optimizer state. Default
   * no: codes and scales of what is quantized, values of everything else.
   */
  readonly trainable?: boolean;
  /** Receives a line about tensors in the file that the model has no use for; default the console. */
  readonly onNote?: (line: string) => void;
}

/**
 * Loads a model of any family from its `config.json` and `model.safetensors`.
 *
 * Unless it is loaded to be trained, `gradients` fetches the latent weights, from the same file, on its first call.
 *
 * @throws {InputError} If a file is missing or damaged, or of another family, or the weights do not fit the
 * configuration.
 * @throws {WorkError} If the device has no room.
 */
export async function loadModelFrom<M extends Model = Model>(
  files: ModelFiles,
  device: Device,
  { family, trainable = false, onNote = console.warn }: LoadModelOptions<M> = {},
): Promise<M> {
  const json = await readJsonOf(files, CONFIG_FILE);
  const source = files.placeOf(CONFIG_FILE);
  // Without a family any will do.
  const own = family ?? familyOfConfig(json, source) as ModelFamily<ModelConfig, M>;
  const weightSource = trainable ? trainableWeights : inferenceWeights;
  const model = own.make(own.configFromJson(json, source), device, weightSource);
  try {
    const open = () => openWeights(files);
    using file = await open();
    if (model.weights instanceof InferenceWeights) await model.weights.load(file, open, onNote);
    else await loadWeightsFrom(model, file, { onNote });
  } catch (error) {
    model[Symbol.dispose]();
    throw error;
  }
  return model;
}

const inferenceWeights: WeightSource = (device, network) => new InferenceWeights(device, network);

/** What of a file {@link loadWeightsFrom} uploads. */
export interface LoadWeightsOptions {
  /**
   * Leave out what belongs to the weight quantizer of the model in the file, which may be another: learned scales start
   * from the weights, thresholds as the configuration says. Default no.
   */
  readonly withoutWeightQuantizer?: boolean;
  /** Leave out what belongs to its activation quantizer: running maxima start anew. Default no. */
  readonly withoutRunningMaxima?: boolean;
  /** Receives a line about tensors in the file that the model has no use for; without it there may be none. */
  readonly onNote?: (line: string) => void;
}

/**
 * Uploads weights.
 *
 * @throws {InputError} If they do not fit the model, or cannot be read.
 */
export async function loadWeightsFrom(
  model: Model,
  file: TensorFile,
  { withoutWeightQuantizer = false, withoutRunningMaxima = false, onNote }: LoadWeightsOptions = {},
): Promise<void> {
  const leftOut = (name: string) =>
    withoutWeightQuantizer && /\.weight_(step|threshold)$/.test(name) ||
    withoutRunningMaxima && name.endsWith(".running_max");
  const kept = selectTensors(file, (name) => leftOut(name) ? undefined : name);
  await model.memory.load("parameters", kept, onNote);
}
