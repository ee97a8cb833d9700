/**
 * Opens a run for use: its model on a device, and its tokenizer.
 *
 * @module
 */
import { exists } from "../../../host/files.ts";
import { basename, dirname, join } from "../../../host/paths.ts";
import type { Tokenizer } from "../../../data/tokenizers/tokenizer.ts";
import type { Device } from "../../../device/device.ts";
import { InputError } from "../../../errors.ts";
import type { LanguageModel } from "../../../models/text/model.ts";
import { readModelFamily } from "../../../models/model_directory.ts";
import type { LoadModelOptions } from "../../../models/model_directory.ts";
import { loadLanguageModel } from "../../../models/text/load.ts";
import { textFamily } from "../../../models/text/family.ts";
import type { RunDirectory } from "../../../train/run_directory.ts";
import { chooseRun } from "../../runs/run_choice.ts";
import { readFittingTokenizer } from "./fitting_tokenizer.ts";

/** The tokenizer of a model directory or, if that is a checkpoint, of the run that it belongs to. */
export async function findTokenizer(directory: string): Promise<string | undefined> {
  const folder = dirname(directory);
  const run = basename(folder) === "checkpoints" ? [dirname(folder)] : [];
  for (const place of [directory, ...run]) {
    const path = join(place, "tokenizer.json");
    if (await exists(path)) return path;
  }
  return undefined;
}

/** A run that is ready to evaluate or to generate. */
export interface OpenedRun extends Disposable {
  readonly directory: RunDirectory;
  readonly model: LanguageModel;
  readonly tokenizer: Tokenizer;
}

/**
 * Opens the run in a directory, or the newest one.
 *
 * @throws {InputError} If its files are missing or damaged, or do not belong together.
 */
export async function openRun(
  path: string | undefined,
  device: Device,
  options: Omit<LoadModelOptions, "family"> = {},
): Promise<OpenedRun> {
  const directory = await chooseRun(path);
  const family = await readModelFamily(directory.path);
  if (family.name !== textFamily.name) {
    throw new InputError(
      `Cannot write text with ${directory.path}: its model ${family.does}; ` +
        `eval --run ${directory.path} evaluates it, --run names another`,
    );
  }
  const model = await loadLanguageModel(directory.path, device, options);
  try {
    const tokenizerPath = await findTokenizer(directory.path) ?? directory.tokenizerPath;
    const tokenizer = await readFittingTokenizer(tokenizerPath, model.config);
    return { directory, model, tokenizer, [Symbol.dispose]: () => model[Symbol.dispose]() };
  } catch (error) {
    model[Symbol.dispose]();
    throw error;
  }
}
