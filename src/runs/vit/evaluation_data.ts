/**
 * The images that a model is evaluated on.
 *
 * @module
 */
import { Normalization } from "../../data/images/augment/normalization.ts";
import type { ImageDataset, ImageSplit } from "../../data/images/image_split.ts";
import { matchClasses } from "../../data/images/match_classes.ts";
import { withValidation } from "../../data/images/validation_part.ts";
import { InputError, OptionError, optionName } from "../../errors.ts";
import { exists } from "../../host/files.ts";
import { join } from "../../host/paths.ts";
import { readJson } from "../../models/model_directory.ts";
import type { VitConfig } from "../../models/vit/config.ts";
import {
  type PixelNormalization,
  PREPROCESSOR_FILE,
  preprocessorFromJson,
} from "../../models/vit/preprocessor.ts";
import type { RunDirectory } from "../../train/run_directory.ts";
import type { WorkHooks } from "../work.ts";
import type { VitEvaluationOptions } from "./evaluate.ts";
import { loadImages, shapeFor } from "./load_images.ts";
import type { ImageDataRecord } from "./run_config.ts";

/** Images that a model is evaluated on. */
export interface EvaluationImages {
  readonly dataset: ImageDataset;
  /** The part of them that was asked for. */
  readonly split: ImageSplit;
  /** How bytes become numbers, as in training. */
  readonly normalization: Normalization;
}

/**
 * The images that are asked for, or what the run was trained on.
 *
 * @param config Of the model.
 * @throws {InputError} If there are none, they are of other classes or have changed.
 */
export async function evaluationImages(
  options: VitEvaluationOptions,
  directory: RunDirectory,
  config: VitConfig,
  work: WorkHooks,
): Promise<EvaluationImages> {
  const record = await recordOf(directory, options);
  const known = options.data === undefined ? record : undefined;
  const labelColumn = options.labelColumn ?? known?.labelColumn;
  const loading = { ...shapeFor(config), labelColumn, imageMemory: options.imageMemory };
  const loaded = await loadImages(options.data ?? record!.name, loading, work);
  checkUnchanged(directory, loaded, known);
  const dataset = matchClasses(loaded, config.labels, `evaluate ${directory.path} on`);
  const { mean, std } = record ?? await statedNormalization(directory.path, config, work) ??
    normalizationOf(dataset, directory, work);
  return {
    dataset,
    split: splitOf(dataset, options.split),
    normalization: new Normalization(mean, std),
  };
}

/** How a mere model wants its pixels, if it says so. */
async function statedNormalization(
  directory: string,
  config: VitConfig,
  { onNote }: WorkHooks,
): Promise<PixelNormalization | undefined> {
  const path = join(directory, PREPROCESSOR_FILE);
  if (!await exists(path)) return undefined;
  return preprocessorFromJson(await readJson(path), config, path, onNote);
}

/** A guess, as nobody says what the model was trained with. */
function normalizationOf(
  { mean, std }: ImageDataset,
  { path }: RunDirectory,
  { onNote }: WorkHooks,
): PixelNormalization {
  onNote?.(
    `${path} has no ${PREPROCESSOR_FILE}: pixels are normalized by mean and deviation of this data, ` +
      "which may not be what the model was trained with",
  );
  return { mean, std };
}

/** What the run was trained on; undefined if it is a mere model, which needs other data. */
async function recordOf(
  directory: RunDirectory,
  options: VitEvaluationOptions,
): Promise<ImageDataRecord | undefined> {
  try {
    return await directory.readData<ImageDataRecord>();
  } catch (error) {
    if (options.data !== undefined && error instanceof InputError) return undefined;
    throw error;
  }
}

/** @throws {InputError} If the data is not what the run was trained on any more. */
function checkUnchanged(
  { path }: RunDirectory,
  { sha256, source }: ImageDataset,
  record: ImageDataRecord | undefined,
): void {
  if (record === undefined || record.sha256 === sha256) return;
  throw new OptionError(
    `Cannot evaluate ${path} on the images it was trained on: ${source} has changed since; name it ` +
      `with ${optionName("data")} to evaluate on it as it is`,
  );
}

function splitOf(dataset: ImageDataset, split: VitEvaluationOptions["split"]): ImageSplit {
  if (split === "test") return dataset.test;
  if (split === "all") {
    throw new OptionError(
      `Cannot evaluate on ${optionName("split")} all: images have no such split, choose train, ` +
        "val or test",
    );
  }
  const { train, validation } = withValidation(dataset);
  return split === "train" ? train : validation;
}
