/**
 * Pictures of trained image models: where they look, what they are wrong about, what they have learned.
 *
 * @module
 */
import { exists } from "../host/files.ts";
import { Normalization } from "../data/images/augment/normalization.ts";
import type { ImageDataset } from "../data/images/image_split.ts";
import type { Device } from "../device/device.ts";
import { InputError } from "../errors.ts";
import type { Figure } from "../figures/draw.ts";
import type { FigureData } from "../figures/figure_data.ts";
import { acrossWidths, type WidthModel } from "../figures/images/across_widths.ts";
import { drawImageFigures } from "../figures/images/draw_images.ts";
import { loadImageClassifier } from "../models/vit/load.ts";
import type { ImageRunConfig } from "../train/run_config.ts";
import type { RunDirectory } from "../train/run_directory.ts";
import type { SweepDirectory } from "./sweep_directory.ts";

/** Opens the images that a run was trained on. */
export type OpenRunImages = (config: ImageRunConfig) => Promise<ImageDataset>;

/** A run of an image model that has weights. */
interface ImageRun {
  readonly label: string;
  readonly bits: number;
  readonly directory: RunDirectory;
  readonly config: ImageRunConfig;
}

/** The width whose model is shown by itself, where a sweep has it. */
const SHOWN_BITS = 1.58;

/**
 * Draws pictures of a run.
 *
 * @param subject What it is; it stands under every title.
 * @returns None if it is no image model, or has no weights yet.
 * @throws {InputError} If its images are not there any more, or others.
 */
export async function drawRunPictures(
  directory: RunDirectory,
  subject: string,
  device: Device,
  open: OpenRunImages,
): Promise<Figure[]> {
  const run = await imageRun({ label: "", bits: NaN, directory });
  if (run === undefined) return [];
  return await picturesOf(run, await sameImages(run, open), subject, device);
}

/**
 * Draws pictures of a sweep: the same images at each width, and those of one run, the ternary one if there is one.
 *
 * @param data Its series; of each the first run is shown.
 * @returns None if it is of language models.
 * @throws {InputError} If its images are not there any more, or others.
 */
export async function drawSweepPictures(
  sweep: SweepDirectory,
  { series, subject }: FigureData,
  device: Device,
  open: OpenRunImages,
): Promise<Figure[]> {
  const runs: ImageRun[] = [];
  for (const { label, bits, runs: [first] } of series) {
    const run = await imageRun({ label, bits, directory: sweep.run(first.name) });
    // Only models of the same images can be set beside each other.
    if (run && (runs.length === 0 || imagesOf(run) === imagesOf(runs[0]))) runs.push(run);
  }
  if (runs.length === 0) return [];
  const dataset = await sameImages(runs[0], open);
  const shown = runs.find(({ bits }) => bits === SHOWN_BITS) ?? runs[runs.length - 1];
  const across = runs.length > 1
    ? await acrossWidths(models(runs, dataset, device), subject)
    : undefined;
  return [
    ...across ? [across] : [],
    ...await picturesOf(shown, dataset, `${subject}, ${shown.label}`, device),
  ];
}

async function imageRun(
  { label, bits, directory }: Omit<ImageRun, "config">,
): Promise<ImageRun | undefined> {
  const config = await directory.readConfig();
  if (config.family !== "vit") return undefined;
  const hasWeights = await exists(directory.weightsPath);
  return hasWeights ? { label, bits, directory, config } : undefined;
}

/** What decides which images a run sees. */
function imagesOf({ config: { data, model } }: ImageRun): string {
  return JSON.stringify([data.name, data.sha256, model.imageSize, model.channels]);
}

async function sameImages(
  { config, directory }: ImageRun,
  open: OpenRunImages,
): Promise<ImageDataset> {
  const dataset = await open(config);
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
