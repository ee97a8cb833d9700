/**
 * The images that image models learn: which there are, what they are, and how they are prepared before a run.
 *
 * @module
 */
import type { ImageDataset } from "../../data/images/image_split.ts";
import { imageDatasets } from "../../data/images/open_images.ts";
import type { Facts } from "../../models/family.ts";
import type { ListedData, Report } from "../family.ts";
import { factLines } from "../fact_lines.ts";
import type { OptionsOfTable } from "../options/values.ts";
import type { WorkHooks } from "../work.ts";
import type { VitRunOptions } from "./draft.ts";
import { loadImages } from "./load_images.ts";
import type { VIT_PREPARATION_OPTIONS } from "./options.ts";
import type { ImageRunConfig } from "./run_config.ts";

/** The images that have a name. */
export function listImages(): ListedData[] {
  return imageDatasets.map(({ name, summary, license }) => ({ name, summary, license }));
}

/** What images are. */
export async function imageFacts(name: string, work: WorkHooks): Promise<Facts> {
  return factsOf(await loadImages(name, {}, work));
}

function factsOf(dataset: ImageDataset): Facts {
  const { canonicalName, source, license, sha256, classes, train, validation, test } = dataset;
  const { mean, std, skipped } = dataset;
  const rounded = (values: readonly number[]) => values.map((value) => value.toFixed(4)).join(", ");
  return {
    name: canonicalName,
    source,
    license,
    sha256,
    images_in_train: train.count,
    ...(validation && { images_in_validation: validation.count }),
    images_in_test: test.count,
    height: train.height,
    width: train.width,
    channels: train.channels,
    classes: classes.length,
    class_names: classes.join(", "),
    mean: rounded(mean),
    std: rounded(std),
    images_left_out: skipped.length,
  };
}

/** A name or path that always means exactly the images that a run's `data` means now. */
export async function resolveImages(
  { data }: ImageRunConfig,
  { imageSize, labelColumn }: VitRunOptions,
  work: WorkHooks,
): Promise<string> {
  const dataset = await loadImages(data.name, { imageSize, labelColumn, imageMemory: 0 }, work);
  return dataset.canonicalName;
}

/** Fetches, verifies and decodes images. */
export async function prepareImages(
  { data, imageSize, labelColumn }: OptionsOfTable<typeof VIT_PREPARATION_OPTIONS>,
  work: WorkHooks,
): Promise<Report<object>> {
  const result = factsOf(await loadImages(data, { imageSize, labelColumn, imageMemory: 0 }, work));
  return { result, lines: factLines(result) };
}
