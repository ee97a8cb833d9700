/**
 * Loads a language model.
 *
 * @module
 */
import type { Device } from "../../device/device.ts";
import { loadModel, type LoadModelOptions } from "../model_directory.ts";
import { textFamily } from "./family.ts";
import type { LanguageModel } from "./model.ts";

/**
 * Loads a language model, as {@link loadModel} does.
 *
 * @throws {InputError} If it is another model, or as there.
 * @throws {WorkError} If the device has no room.
 */
export async function loadLanguageModel(
  directory: string,
  device: Device,
  options: Omit<LoadModelOptions, "family"> = {},
): Promise<LanguageModel> {
  return await loadModel(directory, device, { ...options, family: textFamily });
}
