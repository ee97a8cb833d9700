/**
 * The images that a model is evaluated on.
 *
 * @module
 */
import { Normalization } from "../../data/images/augment/normalization.ts";
import type { ImageDataset, ImageSplit } from "../../data/images/image_split.ts";
import { withValidation } from "../../data/images/validation_part.ts";
import { InputError, OptionError, optionName } from "../../errors.ts";
import type { VitConfig } from "../../models/vit/config.ts";
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
  const dataset = await loadImages(options.data ?? record!.name, loading, work);
  checkData(directory, dataset, config.labels, known);
  const { mean = dataset.mean, std = dataset.std } = record ?? {};
  return {
    dataset,
    split: splitOf(dataset, options.split),
    normalization: new Normalization(mean, std),
  };
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

/** @throws {InputError} If the data is of other classes, or not what the run was trained on any more. */
function checkData(
  { path }: RunDirectory,
  { classes, sha256, source }: ImageDataset,
  labels: readonly string[],
  record: ImageDataRecord | undefined,
): void {
  if (classes.length !== labels.length) {
    throw new InputError(
      `Cannot evaluate ${path} on ${source}: its model has ${labels.length} classes, the data ` +
        `${classes.length}; choose data of the same classes`,
    );
  }
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
