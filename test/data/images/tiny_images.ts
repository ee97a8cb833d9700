/** Small images for tests, made from nothing but a seed. */
import { makeLabels } from "../../../src/data/images/image_split.ts";
import { imageBytes, type ImageSize } from "../../../src/data/images/image_split.ts";
import { MemorySplit } from "../../../src/data/images/memory_split.ts";
import { Random } from "../../../src/random.ts";

/** Pixels of any values. */
export function randomPixels(count: number, seed = 0): Uint8Array<ArrayBuffer> {
  const random = new Random(seed);
  return Uint8Array.from({ length: count }, () => random.integer(256));
}

/** Images of random pixels; the class of each is its number modulo the classes. */
export function randomSplit(size: ImageSize, count: number, classes: number): MemorySplit {
  const labels = makeLabels(count, classes);
  labels.forEach((_, index) => labels[index] = index % classes);
  return new MemorySplit(size, randomPixels(count * imageBytes(size)), labels);
}

/** An IDX file of bytes. */
export function idxFile(shape: readonly number[], data: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 + 4 * shape.length + data.length);
  bytes.set([0, 0, 8, shape.length]);
  const view = new DataView(bytes.buffer);
  shape.forEach((size, axis) => view.setUint32(4 + 4 * axis, size));
  bytes.set(data, 4 + 4 * shape.length);
  return bytes;
}
