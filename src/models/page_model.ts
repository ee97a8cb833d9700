/**
 * Models of a page: at an address, or from files that a user chose.
 *
 * @module
 */
import type { Device } from "../device/device.ts";
import type { FetchOptions } from "../files/web_source.ts";
import { loadModelFrom, type LoadModelOptions } from "./load_model.ts";
import type { Model } from "./model.ts";
import { modelFilesAt, type ModelPlace } from "./web_model_files.ts";

/** How to load a model of a page. */
export interface PageModelOptions<M extends Model = Model>
  extends FetchOptions, LoadModelOptions<M> {}

/**
 * Loads a model of any family: `config.json` and `model.safetensors` of a run or anyone's. Its `family`, or
 * `instanceof`, tells which it is.
 *
 * @param place The address of the folder they lie in, the files that a user chose, or contents by name.
 * @throws {InputError} If a file is missing or damaged, or of another family, or the weights do not fit the
 * configuration.
 * @throws {WorkError} If the server fails, or the device has no room.
 *
 * @example
 * ```ts ignore
 * import { loadModel, openDevice } from "../../browser.ts";
 *
 * const device = await openDevice();
 * const model = await loadModel("models/demo", device);
 * const { logits } = await model.forward(new Int32Array([1, 2, 3]), { shape: [1, 3] });
 * ```
 */
export async function loadModel<M extends Model = Model>(
  place: ModelPlace,
  device: Device,
  options: PageModelOptions<M> = {},
): Promise<M> {
  return await loadModelFrom(modelFilesAt(place, options), device, options);
}
