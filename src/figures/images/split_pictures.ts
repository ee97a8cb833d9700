/**
 * Images of a split as pictures.
 *
 * @module
 */
import { imageBytes, type ImageSplit } from "../../data/images/image_split.ts";
import { type Raster, rasterOf } from "./raster.ts";

/** An image of a split as a picture. */
export async function pictureOf(split: ImageSplit, index: number): Promise<Raster> {
  const pixels = new Uint8Array(imageBytes(split));
  await split.read(Int32Array.of(index), pixels);
  if (split.channels === 1) return rasterOf(pixels, split.width, (gray) => [gray, gray, gray]);
  return { height: split.height, width: split.width, pixels };
}

/** The first image of each of the first classes that have any. */
export function oneOfEachClass({ labels }: ImageSplit, most: number): Int32Array {
  const first = new Map<number, number>();
  for (const [index, label] of labels.entries()) if (!first.has(label)) first.set(label, index);
  const chosen = [...first].sort(([a], [b]) => a - b).slice(0, most).map(([, index]) => index);
  return Int32Array.from(chosen);
}
