/**
 * The images that a model is evaluated on.
 *
 * @module
 */
import { Normalization } from "../../../data/images/augment/normalization.ts";
import type { ImageDataset, ImageSplit } from "../../../data/images/image_split.ts";
import { withValidation } from "../../../data/images/validation_part.ts";
import { InputError } from "../../../errors.ts";
import type { VitConfig } from "../../../models/vit/config.ts";
import type { StoredData } from "../../../train/run_config.ts";
import type { RunDirectory } from "../../../train/run_directory.ts";
import type { ParsedFlags } from "../../flags/commands.ts";
import type { CommandContext } from "../../terminal/context.ts";
import { loadImages, shapeFor } from "./load_images.ts";

type SplitName = ParsedFlags<"eval">["split"];

/** What the flags of a command say about its images. */
export interface ImageChoice {
  /** `--data`. */
  readonly data?: string;
  /** `--label-column`. */
  readonly labelColumn?: string;
  /** `--image-memory`. */
  readonly imageMemory?: number;
  /** `--split`. */
  readonly split: SplitName;
}

/** Images that a model is evaluated on. */
export interface EvaluationImages {
  readonly dataset: ImageDataset;
  /** The part of them that was asked for. */
  readonly split: ImageSplit;
  /** How bytes become numbers, as in training. */
  readonly normalization: Normalization;
}

/**
 * The images of `--data`, or what the run was trained on.
 *
 * @param config Of the model.
 * @throws {InputError} If there are none, they are of other classes or have changed.
 */
export async function evaluationImages(
  flags: ImageChoice,
  directory: RunDirectory,
  config: VitConfig,
  context: CommandContext,
): Promise<EvaluationImages> {
  const record = await recordOf(directory, flags);
  const known = flags.data === undefined ? record : undefined;
  const labelColumn = flags.labelColumn ?? known?.labelColumn;
  const options = { ...shapeFor(config), labelColumn, imageMemory: flags.imageMemory };
  const dataset = await loadImages(flags.data ?? record!.name, options, context);
  checkData(directory, dataset, config.labels, known);
  const { mean = dataset.mean, std = dataset.std } = record ?? {};
  return {
    dataset,
    split: splitOf(dataset, flags.split),
    normalization: new Normalization(mean, std),
  };
}

/** What the run was trained on; undefined if it is a mere model, which needs `--data`. */
async function recordOf(
  directory: RunDirectory,
  flags: ImageChoice,
): Promise<StoredData | undefined> {
  try {
    return await directory.readData();
  } catch (error) {
    if (flags.data !== undefined && error instanceof InputError) return undefined;
    throw error;
  }
}

/** @throws {InputError} If the data is of other classes, or not what the run was trained on any more. */
function checkData(
  { path }: RunDirectory,
  { classes, sha256, source }: ImageDataset,
  labels: readonly string[],
  record: StoredData | undefined,
): void {
  if (classes.length !== labels.length) {
    throw new InputError(
      `Cannot evaluate ${path} on ${source}: its model has ${labels.length} classes, the data ` +
        `${classes.length}; choose data of the same classes`,
    );
  }
  if (record === undefined || record.sha256 === sha256) return;
  throw new InputError(
    `Cannot evaluate ${path} on the images it was trained on: ${source} has changed since; name it ` +
      "with --data to evaluate on it as it is",
  );
}

function splitOf(dataset: ImageDataset, split: SplitName): ImageSplit {
  if (split === "test") return dataset.test;
  if (split === "all") {
    throw new InputError(
      "Cannot evaluate on --split all: images have no such split, choose train, val or test",
    );
  }
  const { train, validation } = withValidation(dataset);
  return split === "train" ? train : validation;
}
