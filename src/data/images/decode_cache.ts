/**
 * Decoded images, kept on disk so that every later run finds them.
 *
 * ```
 * CACHE/images/NAME-KEY/
 *   card.json      size, statistics, what was left out, checksums of itself and of the other files
 *   train.pixels   train.labels   and so on for each split
 * ```
 *
 * A key depends on everything that decides the content. What is damaged is made anew, and several processes may use
 * and fill the cache at once.
 *
 * @module
 */

import { isMissing } from "../../host/file_failures.ts";
import { readFile, readTextFile, stat, writeTextFile } from "../../host/files.ts";
import { join } from "../../host/paths.ts";
import { InputError, WorkError } from "../../errors.ts";
import { cacheDirectory } from "../../files/cache_directory.ts";
import { fileError } from "../../files/file_error.ts";
import { fileSha256Hex } from "../../files/file_sha256.ts";
import { publishDirectory } from "../../files/publish_directory.ts";
import { sha256Hex } from "../../files/sha256.ts";
import { DecodedSplitWriter, type SplitRecord } from "./split_writer.ts";
import type { EncodedDataset, EncodedSplit, ImageSplitName } from "./image_files.ts";
import type { ImageOptions } from "./image_options.ts";
import { imageBytes, type ImageSize, type ImageSplit, makeLabels } from "./image_split.ts";
import { MemorySplit } from "./memory_split.ts";
import { StoredSplit } from "./split_file.ts";

/** What is known about decoded images. */
export interface DecodedCard extends ImageSize {
  /** Per channel the mean of the training images; white is 1. */
  readonly mean: readonly number[];
  /** Per channel their standard deviation. */
  readonly std: readonly number[];
  /** SHA-256 of the encoded images, their labels and the names of the classes, in hexadecimal digits. */
  readonly sha256: string;
  /** The splits there are. */
  readonly splits: { readonly [name in ImageSplitName]?: SplitRecord };
}

/** Decoded images. */
export interface DecodedImages {
  /** What is known about them. */
  readonly card: DecodedCard;
  /** Their splits. */
  readonly splits: { readonly [name in ImageSplitName]?: ImageSplit };
}

/** Another number makes every cache anew. */
const FORMAT = 2;
const CARD_FILE = "card.json";
const standardMemoryBytes = 2 ** 30;

/**
 * Decodes the images of a data set, or opens what was decoded before.
 *
 * @throws {InputError} If the cache cannot be written to, or no image of a split can be decoded.
 * @throws {WorkError} If the disk is full or failing.
 */
export async function decodedImages(
  dataset: EncodedDataset,
  options: ImageOptions,
): Promise<DecodedImages> {
  const { cacheDir = cacheDirectory(), imageSize, channels } = options;
  if (cacheDir === undefined) {
    throw new InputError(
      `Cannot use ${dataset.name}: no folder to keep its decoded images in is known, set ` +
        "BITTEXT_CACHE to one (and let Deno read it: --allow-env)",
    );
  }
  const { identity, classes } = dataset;
  const key = await sha256Hex(JSON.stringify({ format: FORMAT, identity, classes }));
  const plain = dataset.canonicalName.replace(/@[0-9a-f]{7,}$/, "");
  const name = plain.replace(/[^\p{L}\p{N}]+/gu, "-").slice(-40).replace(/^-|-$/g, "");
  const pathOf = (shape: string) => join(cacheDir, "images", `${name}-${key.slice(0, 16)}${shape}`);
  const asked = `${imageSize === undefined ? "" : `-${imageSize}px`}` +
    (channels === undefined ? "" : channels === 1 ? "-gray" : "-color");
  // What was decoded without being asked for a shape may have the one that is asked for.
  for (const shape of new Set(["", asked])) {
    const found = await openDecoded(pathOf(shape), dataset, options);
    if (found !== undefined) return found;
  }
  const path = pathOf(asked);
  await publishDirectory(
    path,
    (folder) => writeDecoded(folder, dataset, options),
    async (folder) => await openDecoded(folder, dataset, options) !== undefined,
  );
  const made = await openDecoded(path, dataset, options);
  if (made !== undefined) return made;
  throw new WorkError(`Cannot use ${path}: it was removed as soon as it was made`);
}

function splitsOf({ splits }: EncodedDataset): [ImageSplitName, EncodedSplit][] {
  const { train, validation, test } = splits;
  const held: [ImageSplitName, EncodedSplit][] = [["test", test]];
  if (validation !== undefined) held.unshift(["validation", validation]);
  return [["train", train], ...held];
}

async function writeDecoded(
  folder: string,
  dataset: EncodedDataset,
  options: ImageOptions,
): Promise<void> {
  const writers: [ImageSplitName, DecodedSplitWriter][] = [];
  let side = options.imageSize;
  try {
    for (const [name, split] of splitsOf(dataset)) {
      const writer = new DecodedSplitWriter(join(folder, name), {
        classes: dataset.classes.length,
        ...{ side, channels: options.channels ?? 3 },
      });
      writers.push([name, writer]);
      await writer.decode(split, dataset, name, options);
      side = writer.side;
    }
    const isGrey = options.channels === undefined &&
      writers.every(([, { grayscale, count }]) => grayscale === count);
    const records: [ImageSplitName, SplitRecord][] = [];
    for (const [name, writer] of writers) records.push([name, await writer.finish(isGrey)]);
    const channels = isGrey ? 1 : options.channels ?? 3;
    const { mean, std } = writers[0][1].statistics;
    const card: DecodedCard = {
      ...{ height: side!, width: side!, channels },
      mean: mean.slice(0, channels),
      std: std.slice(0, channels),
      sha256: await sha256Hex(
        JSON.stringify([dataset.classes, ...writers.map(([, writer]) => writer.digest())]),
      ),
      splits: Object.fromEntries(records),
    };
    const checksum = await sha256Hex(JSON.stringify(card));
    await writeTextFile(join(folder, CARD_FILE), JSON.stringify({ checksum, card }));
  } catch (error) {
    throw error instanceof Error && "code" in error ? fileError("write", folder, error) : error;
  } finally {
    for (const [, writer] of writers) writer[Symbol.dispose]();
  }
}

/** What is in a folder; undefined if nothing is there, or it is damaged or of another shape. */
async function openDecoded(
  path: string,
  dataset: EncodedDataset,
  options: ImageOptions,
): Promise<DecodedImages | undefined> {
  const { memoryBytes = standardMemoryBytes } = options;
  try {
    const { checksum, card }: { readonly checksum: string; readonly card: DecodedCard } = JSON
      .parse(
        await readTextFile(join(path, CARD_FILE)),
      );
    if (await sha256Hex(JSON.stringify(card)) !== checksum) return undefined;
    const { height, width, channels } = card;
    const { imageSize = height, channels: asked = channels } = options;
    if (imageSize !== height || asked !== channels) return undefined;
    const size = { height, width, channels };
    const names = splitsOf(dataset).map(([name]) => name);
    const counts = names.map((name) => card.splits[name]!.count);
    const totalBytes = counts.reduce((sum, count) => sum + count) * imageBytes(size);
    const splits: [ImageSplitName, ImageSplit][] = [];
    for (const [at, name] of names.entries()) {
      const pixelsPath = join(path, `${name}.pixels`);
      const stored = await readFile(join(path, `${name}.labels`));
      const labels = makeLabels(counts[at], dataset.classes.length);
      const bytes = counts[at] * imageBytes(size);
      if (stored.length !== labels.byteLength) return undefined;
      if ((await stat(pixelsPath)).size !== bytes) return undefined;
      const { pixelsSha256, labelsSha256 } = card.splits[name]!;
      if (await sha256Hex(stored) !== labelsSha256) return undefined;
      // Pixels that fit into memory are hashed there.
      const pixels = totalBytes <= memoryBytes ? await readFile(pixelsPath) : undefined;
      const found = pixels ? await sha256Hex(pixels) : await fileSha256Hex(pixelsPath);
      if (found !== pixelsSha256) return undefined;
      new Uint8Array(labels.buffer).set(stored);
      splits.push([
        name,
        pixels
          ? new MemorySplit(size, pixels, labels)
          // Each split gets its share of what there is.
          : new StoredSplit({
            ...{ ...size, path: pixelsPath, labels },
            memoryBytes: memoryBytes * bytes / totalBytes,
          }),
      ]);
    }
    return { card, splits: Object.fromEntries(splits) };
  } catch (error) {
    const isDamaged = error instanceof SyntaxError || error instanceof TypeError ||
      isMissing(error);
    if (isDamaged) return undefined;
    throw error;
  }
}
