/**
 * Opens a run to write text with: its model on a device, and its tokenizer.
 *
 * @module
 */
import type { Tokenizer } from "../../data/tokenizers/tokenizer.ts";
import type { Device } from "../../device/device.ts";
import { loadLanguageModel } from "../../models/text/load.ts";
import type { LanguageModel } from "../../models/text/model.ts";
import type { LoadModelOptions } from "../../models/model_directory.ts";
import type { RunDirectory } from "../../train/run_directory.ts";
import { findTokenizer, readFittingTokenizer } from "./fitting_tokenizer.ts";

/** A run that is ready to write text. */
export interface TextRun extends Disposable {
  /** Where it is. */
  readonly directory: RunDirectory;
  /** Continues token ids. */
  readonly model: LanguageModel;
  /** From text to token ids, and back. */
  readonly tokenizer: Tokenizer;
}

/**
 * Opens a run, or any directory of a language model with a tokenizer.
 *
 * @throws {InputError} If its files are missing or damaged, or do not belong together.
 */
export async function openTextRun(
  directory: RunDirectory,
  device: Device,
  options: Omit<LoadModelOptions, "family"> = {},
): Promise<TextRun> {
  const model = await loadLanguageModel(directory.path, device, options);
  try {
    const path = await findTokenizer(directory.path) ?? directory.tokenizerPath;
    const tokenizer = await readFittingTokenizer(path, model.config);
    return { directory, model, tokenizer, [Symbol.dispose]: () => model[Symbol.dispose]() };
  } catch (error) {
    model[Symbol.dispose]();
    throw error;
  }
}
