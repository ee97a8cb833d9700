/**
 * Loads an image model.
 *
 * @module
 */
import type { Device } from "../../device/device.ts";
import { loadModel, type LoadModelOptions } from "../model_directory.ts";
import { vitFamily } from "./family.ts";
import type { ImageClassifier } from "./model.ts";

/**
 * Loads an image model, as {@link loadModel} does.
 *
 * @throws {InputError} If it is another model, or as there.
 * @throws {WorkError} If the device has no room.
 */
export async function loadImageClassifier(
  directory: string,
  device: Device,
  options: Omit<LoadModelOptions, "family"> = {},
): Promise<ImageClassifier> {
  return await loadModel(directory, device, { ...options, family: vitFamily });
}
