/**
 * Data sets in four IDX files, as MNIST is: images and labels, to train on and to be evaluated on.
 *
 * @module
 */

import { InputError } from "../../errors.ts";
import { sha256Hex } from "../../files/sha256.ts";
import { parseIdx } from "./idx_file.ts";
import type { ImageOptions } from "./image_options.ts";
import { imageBytes, type ImageDataset, makeLabels } from "./image_split.ts";
import { MemorySplit } from "./memory_split.ts";
import { PixelStatistics } from "./pixel_statistics.ts";
import { type Image, resizedSquare, withChannels } from "./resize.ts";

/** The names the four files always have. */
export const idxFiles = {
  train: { images: "train-images-idx3-ubyte", labels: "train-labels-idx1-ubyte" },
  test: { images: "t10k-images-idx3-ubyte", labels: "t10k-labels-idx1-ubyte" },
} as const;

/** What is known about a data set before it is read. */
export interface IdxDescription
  extends Pick<ImageDataset, "name" | "canonicalName" | "source" | "license"> {
  /** Names of the classes; by default the numbers up to the largest label. */
  readonly classes?: readonly string[];
  /** The decompressed content of one of {@link idxFiles}. */
  readonly read: (file: string) => Promise<Uint8Array<ArrayBuffer>>;
}

/** What a pair of files holds. */
interface IdxPart {
  readonly images: Image[];
  readonly labels: Uint8Array;
  readonly labelsName: string;
  readonly sha256: readonly string[];
}

/**
 * Reads a data set of four IDX files.
 *
 * @throws {InputError} If a file is damaged, or images and labels do not belong together.
 */
export async function readIdxDataset(
  description: IdxDescription,
  options: ImageOptions,
): Promise<ImageDataset> {
  const { read, classes: names, ...about } = description;
  const train = await readPart(idxFiles.train, about.source, read);
  const test = await readPart(idxFiles.test, about.source, read);
  const highest = train.labels.reduce((most, label) => Math.max(most, label), 0);
  const classes = names ?? Array.from({ length: highest + 1 }, (_, label) => String(label));
  const [trainSplit, testSplit] = [train, test].map((part) => makeSplit(part, classes, options));
  const statistics = new PixelStatistics(trainSplit.split.channels);
  statistics.add(trainSplit.pixels);
  return {
    ...about,
    sha256: await sha256Hex([...train.sha256, ...test.sha256].join("\n")),
    classes,
    train: trainSplit.split,
    test: testSplit.split,
    mean: statistics.mean,
    std: statistics.std,
    skipped: [],
  };
}

async function readPart(
  files: { readonly images: string; readonly labels: string },
  source: string,
  read: IdxDescription["read"],
): Promise<IdxPart> {
  const imageFile = await read(files.images);
  const labelFile = await read(files.labels);
  const [imagesName, labelsName] = [files.images, files.labels].map((f) => `${f} of ${source}`);
  const { shape: [count, height, width], data } = parseIdx(imageFile, imagesName, 3);
  const { data: labels } = parseIdx(labelFile, labelsName, 1);
  if (count !== labels.length) {
    throw new InputError(
      `Cannot use ${imagesName}: it has ${count} images, and ${files.labels} ${labels.length} labels`,
    );
  }
  if (count === 0 || height === 0 || width === 0) {
    throw new InputError(`Cannot use ${imagesName}: there are no images in it`);
  }
  const bytes = height * width;
  return {
    images: Array.from({ length: count }, (_, index) => ({
      height,
      width,
      channels: 1,
      pixels: data.subarray(index * bytes, (index + 1) * bytes),
    })),
    labels,
    labelsName,
    sha256: [await sha256Hex(imageFile), await sha256Hex(labelFile)],
  };
}

function makeSplit(
  { images, labels, labelsName }: IdxPart,
  classes: readonly string[],
  { imageSize, channels = 1 }: ImageOptions,
): { split: MemorySplit; pixels: Uint8Array } {
  const wrong = labels.findIndex((label) => label >= classes.length);
  if (wrong !== -1) {
    throw new InputError(
      `Cannot use ${labelsName}: label ${wrong} is ${labels[wrong]}, 0 to ${classes.length - 1} ` +
        "are accepted",
    );
  }
  const [{ height, width, pixels }] = images;
  const side = imageSize ?? Math.min(height, width);
  const size = { height: side, width: side, channels };
  const kept = makeLabels(labels.length, classes.length);
  kept.set(labels);
  if (side === height && side === width && channels === 1) {
    // The images follow one another in the file already.
    const all = new Uint8Array(pixels.buffer, pixels.byteOffset, images.length * imageBytes(size));
    return { split: new MemorySplit(size, all, kept), pixels: all };
  }
  const all = new Uint8Array(images.length * imageBytes(size));
  for (const [index, image] of images.entries()) {
    const made = withChannels(resizedSquare(image, side), channels);
    all.set(made.pixels, index * imageBytes(size));
  }
  return { split: new MemorySplit(size, all, kept), pixels: all };
}
