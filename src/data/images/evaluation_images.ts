/**
 * Batches of images to be evaluated on: all of them once, in order, unchanged but normalized.
 *
 * @module
 */

import { IGNORED_TARGET } from "../../ops/cross_entropy.ts";
import type { Normalization } from "./augment/normalization.ts";
import { imageBytes, type ImageSplit } from "./image_split.ts";

/** All images of a split once; the last batch is filled up with black ones whose label is ignored. */
export class EvaluationImages {
  /** Batches it takes to see all images. */
  readonly batches: number;
  readonly #split: ImageSplit;
  readonly #batch: number;
  readonly #normalization: Normalization;
  readonly #pixels: Uint8Array;

  /**
   * Batches of a split.
   *
   * @param split The images.
   * @param batch Images of a batch.
   * @param normalization How bytes become numbers.
   */
  constructor(split: ImageSplit, batch: number, normalization: Normalization) {
    this.batches = Math.ceil(split.count / batch);
    this.#split = split;
    this.#batch = batch;
    this.#normalization = normalization;
    this.#pixels = new Uint8Array(batch * imageBytes(split));
  }

  /**
   * Writes one batch.
   *
   * @param index Which batch, 0 to {@linkcode EvaluationImages.batches} − 1.
   * @param images Receives the pixels, (B, channels, height, width).
   * @param labels Receives the classes, (B); −100 where there is no image.
   * @returns How many images the batch has.
   * @throws {RangeError} If there is no such batch or an array is not of its size.
   */
  async fill(index: number, images: Float32Array, labels: Int32Array): Promise<number> {
    if (!Number.isInteger(index) || index < 0 || index >= this.batches) {
      throw new RangeError(`there is no batch ${index} among ${this.batches}`);
    }
    if (images.length !== this.#pixels.length || labels.length !== this.#batch) {
      throw new RangeError(
        `a batch of ${this.#batch} images does not fit ${images.length} numbers`,
      );
    }
    const start = index * this.#batch;
    const counted = Math.min(this.#batch, this.#split.count - start);
    const indices = Int32Array.from({ length: counted }, (_, place) => start + place);
    const bytes = counted * imageBytes(this.#split);
    await this.#split.read(indices, this.#pixels.subarray(0, bytes));
    this.#pixels.fill(0, bytes);
    this.#normalization.apply(this.#pixels, this.#split, images);
    labels.fill(IGNORED_TARGET);
    labels.set(this.#split.labels.subarray(start, start + counted));
    return counted;
  }
}
