/**
 * Encoded images made ready to be used, with what the user should know about them.
 *
 * @module
 */

import { decodedImages } from "./decode_cache.ts";
import type { EncodedDataset, ImageSplitName } from "./image_files.ts";
import type { ImageOptions } from "./image_options.ts";
import type { ImageDataset, SkippedImage } from "./image_split.ts";

/** So many images that were left out are named. */
const mostNamed = 3;

/**
 * Decodes the images of a data set, or opens what was decoded before, and tells what was changed and left out.
 *
 * @throws {InputError} If the cache cannot be written to, or no image of a split can be decoded.
 * @throws {WorkError} If the disk is full or failing.
 */
export async function openEncoded(
  dataset: EncodedDataset,
  options: ImageOptions,
): Promise<ImageDataset> {
  const { card, splits } = await decodedImages(dataset, options);
  const { name, canonicalName, source, license, classes } = dataset;
  const { onNotice = () => {} } = options;
  const records = Object.values(card.splits);
  const sum = (count: "count" | "grayscale" | "resized") =>
    records.reduce((total, record) => total + record[count], 0);
  const skipped = (["train", "validation", "test"] satisfies ImageSplitName[])
    .flatMap((split) => card.splits[split]?.skipped ?? []);
  if (skipped.length > 0) onNotice(leftOut(skipped, name));
  const { leftAlone = [] } = dataset;
  if (leftAlone.length > 0) onNotice(notRead(leftAlone, name));
  const [all, grayscale, resized] = [sum("count"), sum("grayscale"), sum("resized")];
  if (card.channels === 3 && grayscale > 0) {
    onNotice(`${counted(grayscale)} of ${all} in ${name} grayscale, used as color without any`);
  }
  if (card.channels === 1 && grayscale < all) {
    onNotice(`${counted(all - grayscale)} of ${all} in ${name} in color, used as grayscale`);
  }
  if (resized > 0 && options.imageSize === undefined) {
    const size = `${card.height}×${card.width}`;
    onNotice(
      `${counted(resized)} of another size among ${all} in ${name}, made ${size}; ` +
        "another image size can be asked for",
    );
  }
  return {
    ...{ name, canonicalName, source, license, classes, skipped },
    sha256: card.sha256,
    train: splits.train!,
    ...(splits.validation && { validation: splits.validation }),
    test: splits.test!,
    mean: card.mean,
    std: card.std,
  };
}

function counted(images: number): string {
  return images === 1 ? "1 image is" : `${images} images are`;
}

function notRead(files: readonly string[], dataset: string): string {
  const named = files.slice(0, mostNamed).join(", ");
  const more = files.length > mostNamed ? ` and ${files.length - mostNamed} more` : "";
  const were = files.length === 1 ? "file is" : "files are";
  return `${files.length} ${were} no images by their names in ${dataset}: ${named}${more}`;
}

function leftOut(skipped: readonly SkippedImage[], dataset: string): string {
  const named = skipped.slice(0, mostNamed).map(({ name, why }) => `${name} (${why})`).join(", ");
  const rest = skipped.length - mostNamed;
  const more = rest > 0 ? ` and ${rest} more` : "";
  const were = skipped.length === 1 ? "image was" : "images were";
  return `${skipped.length} ${were} left out of ${dataset}, not to be decoded: ${named}${more}`;
}
