/**
 * Pictures of trained image models: where they look, what they are wrong about, what they have learned.
 *
 * @module
 */
import { Normalization } from "../../data/images/augment/normalization.ts";
import type { ImageDataset } from "../../data/images/image_split.ts";
import type { Device } from "../../device/device.ts";
import { InputError } from "../../errors.ts";
import type { Figure } from "../../figures/figure.ts";
import { acrossWidths, type WidthModel } from "../../figures/images/across_widths.ts";
import { drawImageFigures } from "../../figures/images/draw_images.ts";
import { loadImageClassifier } from "../../models/vit/load.ts";
import type { PicturedRun, PicturesRequest } from "../family.ts";
import type { WorkHooks } from "../work.ts";
import { loadImages, shapeFor } from "./load_images.ts";
import type { ImageRunConfig } from "./run_config.ts";

/** A run of an image model. */
type ImageRun = Omit<PicturedRun, "config"> & { readonly config: ImageRunConfig };

/** The width whose model is shown by itself, where there are several. */
const SHOWN_BITS = 1.58;

/**
 * Draws pictures of image models: of several the same images in each, and one by itself, the ternary one if there is
 * one.
 *
 * @throws {InputError} If their images are not there any more, or others.
 */
export async function drawImagePictures(
  { runs: all, subject, device, work, options }: PicturesRequest,
): Promise<Figure[]> {
  const runs = (all as readonly ImageRun[])
    // Only models of the same images can be set beside each other.
    .filter((run, _, [first]) => imagesOf(run) === imagesOf(first));
  const dataset = await sameImages(runs[0], options.imageMemory as number | undefined, work);
  const shown = runs.find(({ config }) => config.model.quantization.weightBits === SHOWN_BITS) ??
    runs[runs.length - 1];
  const across = runs.length > 1
    ? await acrossWidths(models(runs, dataset, device), subject)
    : undefined;
  const title = shown.label === "" ? subject : `${subject}, ${shown.label}`;
  return [...across ? [across] : [], ...await picturesOf(shown, dataset, title, device)];
}

/** What decides which images a run sees. */
function imagesOf({ config: { data, model } }: ImageRun): string {
  return JSON.stringify([data.name, data.sha256, model.imageSize, model.channels]);
}

async function sameImages(
  { config, directory }: ImageRun,
  imageMemory: number | undefined,
  work: WorkHooks,
): Promise<ImageDataset> {
  const dataset = await loadImages(
    config.data.name,
    { ...shapeFor(config.model), imageMemory },
    work,
  );
  if (dataset.sha256 === config.data.sha256) return dataset;
  throw new InputError(
    `Cannot show ${directory.path} with the images it was trained on: ${dataset.source} has ` +
      "changed since",
  );
}

async function picturesOf(
  run: ImageRun,
  dataset: ImageDataset,
  subject: string,
  device: Device,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for await (const model of models([run], dataset, device)) {
    figures.push(...await drawImageFigures({ ...model, subject }));
  }
  return figures;
}

/** The models of some runs, one after the other: each is gone when the next comes. */
async function* models(
  runs: readonly ImageRun[],
  { test: split, classes }: ImageDataset,
  device: Device,
): AsyncGenerator<WidthModel> {
  for (const { label, directory, config: { data } } of runs) {
    using model = await loadImageClassifier(directory.path, device, { trainable: true });
    const normalization = new Normalization(data.mean, data.std);
    yield { ...{ label, model, split, classes, normalization }, subject: "" };
  }
}
