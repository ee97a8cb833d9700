/**
 * Everything that `--data` can name for an image model. A new data set is one file and one line in the list.
 *
 * @module
 */

import { stat } from "../../host/files.ts";
import { resolve } from "../../host/paths.ts";
import { InputError } from "../../errors.ts";
import { nearestName } from "../../nearest_name.ts";
import { isHubReference } from "../hub/reference.ts";
import { cifar10 } from "./cifar10.ts";
import { fashionMnist } from "./fashion_mnist.ts";
import { checkImageOptions, type ImageOptions } from "./image_options.ts";
import type { ImageDataset } from "./image_split.ts";
import { mnist } from "./mnist.ts";
import type { NamedImages } from "./image_datasets.ts";

/** The image data sets that have a name. */
export const imageDatasets: readonly NamedImages[] = [
  mnist,
  fashionMnist,
  cifar10,
];

const folderPrefix = "folder:";

/** Whether `--data` names images, and nothing else. */
export function namesImages(spec: string): boolean {
  return spec.startsWith(folderPrefix) || imageDatasets.some(({ name }) => name === spec);
}

/**
 * Opens the images that `--data` names. Images in files of PNG or JPEG are decoded once, and found in the cache from
 * then on. What cannot be decoded is left out, with a notice.
 *
 * All images become squares of one size: the short side is resized, the middle of the long one cut out. Where no size is
 * asked for, it is the short side of the first image, at most 64.
 *
 * @param spec A data set's name, `hf:OWNER/NAME[/CONFIG][@REVISION]`, or the path of a folder of class folders or of
 * IDX files, with or without `folder:` in front. Names win over paths.
 * @param options Size of the images, where to keep them, and where to tell what happens.
 * @throws {InputError} If there is no such data set or folder, a class has no images, a label is no class, or no image
 * can be decoded.
 * @throws {WorkError} If it can neither be downloaded nor taken from the cache, or the disk is full.
 *
 * @example
 * ```ts ignore
 * import { openImages } from "./src/faces/data.ts";
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
  if (named !== undefined) return { ...await named.open(options), name: spec };
  // Each form is loaded with what it reads, by whoever opens one.
  if (isHubReference(spec)) {
    const { hubImages } = await import("./hub_images.ts");
    const { openEncoded } = await import("./open_image_files.ts");
    return await openEncoded(await hubImages(spec, options), options);
  }
  const folder = resolve(
    spec.startsWith(folderPrefix) ? spec.slice(folderPrefix.length) : await knownFolder(spec),
  );
  const { hasIdxFiles, readIdxFile } = await import("./idx_folder.ts");
  if (await hasIdxFiles(folder)) {
    const { readIdxDataset } = await import("./idx_dataset.ts");
    return await readIdxDataset({
      ...{ name: spec, canonicalName: `${folderPrefix}${folder}` },
      ...{ source: folder, license: "not stated" },
      read: (file) => readIdxFile(folder, file),
    }, options);
  }
  const { classFolders } = await import("./class_folders.ts");
  const { openEncoded } = await import("./open_image_files.ts");
  const dataset = await classFolders(folder, options.seed ?? 0);
  return { ...await openEncoded(dataset, options), name: spec };
}

/** @throws {InputError} If it is neither a folder nor looks like the path of one. */
async function knownFolder(spec: string): Promise<string> {
  const isFolder = await stat(spec).then(({ isDirectory }) => isDirectory, () => false);
  if (isFolder || /[/\\]/.test(spec)) return spec;
  const nearest = nearestName(spec, imageDatasets.map(({ name }) => name));
  throw new InputError(
    `Cannot use the data ${spec || '""'}: there is no such image data set or folder` +
      `${nearest === undefined ? "" : ` (did you mean ${nearest}?)`}, accepted: ` +
      `${imageDatasets.map(({ name }) => name).join(", ")}, hf:OWNER/NAME, or the path of a ` +
      "folder of class folders",
  );
}
