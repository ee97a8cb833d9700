/**
 * Everything that `--data` can name for an image model. A new data set is one file and one line in the list.
 *
 * @module
 */

import { InputError } from "../../errors.ts";
import { nearestName } from "../../nearest_name.ts";
import { checkImageOptions, type ImageOptions } from "./image_options.ts";
import type { ImageDataset } from "./image_split.ts";
import { mnist } from "./mnist.ts";
import type { NamedImages } from "./named_images.ts";

/** The image data sets that have a name. */
export const imageDatasets: readonly NamedImages[] = [
  mnist,
];

/** Whether `--data` names images, and nothing else. */
export function namesImages(spec: string): boolean {
  return imageDatasets.some(({ name }) => name === spec);
}

/**
 * Opens the images that `--data` names.
 *
 * @param spec A data set's name.
 * @param options Size of the images, and where to tell what happens.
 * @throws {InputError} If there is no such data set, or it has no images.
 * @throws {WorkError} If it can neither be downloaded nor taken from the cache.
 *
 * @example
 * ```ts ignore
 * import { openImages } from "./mod.ts";
 *
 * const { train, classes } = await openImages("mnist");
 * const pixels = new Uint8Array(2 * 28 * 28);
 * await train.read(Int32Array.of(0, 1), pixels);
 * console.log(classes[train.labels[0]]);
 * ```
 */
export async function openImages(spec: string, options: ImageOptions = {}): Promise<ImageDataset> {
  checkImageOptions(options);
  options.signal?.throwIfAborted();
  const named = imageDatasets.find(({ name }) => name === spec);
  if (named !== undefined) return await named.open(options);
  const nearest = nearestName(spec, imageDatasets.map(({ name }) => name));
  throw new InputError(
    `Cannot use the data ${spec}: there is no such image data set` +
      `${nearest === undefined ? "" : ` (did you mean ${nearest}?)`}, accepted: ` +
      imageDatasets.map(({ name }) => name).join(", "),
  );
}
