/**
 * Images to be evaluated, batch by batch, as often as wanted.
 *
 * @module
 */
import type { Normalization } from "../../data/images/augment/normalization.ts";
import { EvaluationImages } from "../../data/images/evaluation_images.ts";
import { imageBytes, type ImageSplit } from "../../data/images/image_split.ts";
import type { EvaluatedImages } from "./evaluation.ts";

/** All images of a split in batches of one size, anew for every iteration. */
export class EvaluationBatches implements AsyncIterable<EvaluatedImages> {
  /** Batches of a split. */
  constructor(
    /** The images. */
    readonly split: ImageSplit,
    /** Images of a batch; the result of an evaluation does not depend on it. */
    readonly batch: number,
    /** How bytes become numbers. */
    readonly normalization: Normalization,
  ) {}

  /** The batches, each written over by the next. */
  async *[Symbol.asyncIterator](): AsyncIterator<EvaluatedImages> {
    const { split, batch, normalization } = this;
    const source = new EvaluationImages(split, batch, normalization);
    const images = new Float32Array(batch * imageBytes(split));
    const labels = new Int32Array(batch);
    for (let index = 0; index < source.batches; index++) {
      await source.fill(index, images, labels);
      yield { images, labels };
    }
  }
}
