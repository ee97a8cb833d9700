/**
 * The files of a model, wherever they are: in a folder, at an address, in memory.
 *
 * @module
 */
import { parseJson } from "../files/json_text.ts";
import type { OpenTensorFile } from "../files/tensor_file.ts";

/** File of a model that says what it is. */
export const CONFIG_FILE = "config.json";

/** File of a model that holds the weights, and what the quantizers keep. */
export const WEIGHTS_FILE = "model.safetensors";

/** The files of a model by their names. */
export interface ModelFiles {
  /**
   * What to call a file in an error: its path or address.
   *
   * @param name Its name among the files.
   */
  placeOf(name: string): string;
  /** Whether there is a file of this name. */
  has(name: string): Promise<boolean>;
  /**
   * A file of text.
   *
   * @throws {InputError} If it is missing or cannot be read.
   */
  readText(name: string): Promise<string>;
  /**
   * A file of tensors, which are read when they are asked for.
   *
   * @throws {InputError} If it is missing, cannot be read, or is damaged.
   */
  openTensors(name: string): Promise<OpenTensorFile>;
}

/**
 * A file of JSON.
 *
 * @throws {InputError} If it is missing, cannot be read, or is no JSON.
 */
export async function readJsonOf(files: ModelFiles, name: string): Promise<unknown> {
  return parseJson(await files.readText(name), files.placeOf(name));
}
