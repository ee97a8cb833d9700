/**
 * A part of the training images that is held out to choose by.
 *
 * @module
 */

import { Random } from "../../random.ts";
import type { ImageDataset, ImageLabels, ImageSplit } from "./image_split.ts";

/** Some images of a split. */
export class ImageSubset implements ImageSplit {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  /** (count) the class of each. */
  readonly labels: ImageLabels;
  readonly #split: ImageSplit;
  readonly #indices: Int32Array;

  /**
   * Some images of a split.
   *
   * @param indices Which, in the order they are to have.
   */
  constructor(split: ImageSplit, indices: Int32Array) {
    this.count = indices.length;
    this.height = split.height;
    this.width = split.width;
    this.channels = split.channels;
    this.labels = split.labels.slice(0, indices.length);
    indices.forEach((index, place) => this.labels[place] = split.labels[index]);
    this.#split = split;
    this.#indices = indices;
  }

  /** Reads images. */
  read(indices: Int32Array, out: Uint8Array): void | Promise<void> {
    const wrong = indices.find((index) => !(index >= 0 && index < this.count));
    if (wrong !== undefined) {
      throw new RangeError(`there is no image ${wrong} among ${this.count}`);
    }
    return this.#split.read(indices.map((index) => this.#indices[index]), out);
  }
}

/** One image of so many is held out, but no more than suffice to tell which weights are best. */
const HELD_OUT_SHARE = 10;
const MOST_HELD_OUT = 5000;

/** Stream of the seed that decides. */
const STREAM = 3;

/**
 * The images to learn from and those to choose by: a data set's own, else a tenth of the training images, at most 5,000,
 * the same ones for every run.
 */
export function withValidation(
  { train, validation }: Pick<ImageDataset, "train" | "validation">,
): { readonly train: ImageSplit; readonly validation: ImageSplit } {
  if (validation) return { train, validation };
  const held = Math.min(MOST_HELD_OUT, Math.max(1, Math.floor(train.count / HELD_OUT_SHARE)));
  const order = Int32Array.from({ length: train.count }, (_, index) => index);
  const random = new Random(0, STREAM);
  for (let place = 0; place < held; place++) {
    const other = place + random.integer(train.count - place);
    [order[place], order[other]] = [order[other], order[place]];
  }
  return {
    train: new ImageSubset(train, order.slice(held).sort()),
    validation: new ImageSubset(train, order.slice(0, held).sort()),
  };
}
