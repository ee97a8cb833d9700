/**
 * Batches of training images: shuffled, augmented and normalized, the next ones read ahead.
 *
 * @module
 */

import { Permutation } from "../permutation.ts";
import { Random, type RandomState } from "../../random.ts";
import { type Augmentation, mixesImages, noAugmentation } from "./augment/augmentation.ts";
import { moveImage } from "./augment/crop.ts";
import { cutmix } from "./augment/cutmix.ts";
import { flipHorizontally } from "./augment/flip.ts";
import { mixup } from "./augment/mixup.ts";
import type { Normalization } from "./augment/normalization.ts";
import { RandAugment } from "./augment/rand_augment.ts";
import { writeSoftLabels } from "./augment/soft_labels.ts";
import { imageBytes, type ImageSplit } from "./image_split.ts";

/** One micro-batch of a training step. */
export interface ImageBatch {
  /** (B·C·H·W) pixels, normalized. */
  readonly images: Float32Array;
  /** (B) the class of each image, −100 does not count; or, of mixtures, (B·classes) probabilities. */
  readonly labels: Int32Array | Float32Array;
}

/** What batches are made of. */
export interface ImageBatchesOptions {
  /** Images of a micro-batch. */
  readonly batch: number;
  /** Micro-batches of a step; default 1. */
  readonly accumulate?: number;
  /** How bytes become numbers. */
  readonly normalization: Normalization;
  /** How images are changed; default not at all. */
  readonly augmentation?: Augmentation;
  /** How many classes there are. */
  readonly classes: number;
  /**
   * The share of wanted probabilities that is spread over all classes where labels are probabilities; of single classes
   * the loss itself takes care. Default 0.
   */
  readonly labelSmoothing?: number;
}

/** Random numbers of a draw, more than any change of one image takes. */
const WORDS_PER_DRAW = 256;
/** Behind the streams of a run's seed that are used for anything else. */
const AUGMENTATION_STREAM = 2 ** 31;
const MIXING_STREAM = 2 ** 31 + 1;

/**
 * Micro-batches of training images, each image once per epoch, in an order that is shuffled anew for each.
 *
 * Order and changes depend on the seed and on how many images were taken before, on nothing else: to go on from a
 * state is to see what would have been seen. While a step works with its batches, those of the next are read.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { ImageBatches, MemorySplit, Normalization } from "../../faces/data.ts";
 *
 * const size = { height: 1, width: 2, channels: 1 } as const;
 * const split = new MemorySplit(size, Uint8Array.of(0, 255, 255, 0), Uint8Array.of(3, 7));
 * const normalization = new Normalization([0.5], [0.5]);
 * const options = { batch: 2, classes: 10, normalization };
 * const batches = new ImageBatches(split, options, { seed: 0, stream: 0, position: 0 });
 * const [{ images, labels }] = await batches.next();
 * assert.deepEqual([...labels].toSorted(), [3, 7]);
 * assert.deepEqual([...images].toSorted(), [-1, -1, 1, 1]);
 * ```
 */
export class ImageBatches {
  readonly #split: ImageSplit;
  readonly #options: Required<ImageBatchesOptions>;
  readonly #start: RandomState;
  readonly #randAugment: RandAugment | undefined;
  readonly #indices: Int32Array;
  readonly #pixels: Uint8Array;
  readonly #batches: readonly ImageBatch[];
  /** Images given in all epochs together. */
  #position: number;
  /** The pixels of the next step, being read. */
  #pending: Promise<void> | undefined;
  #epoch = -1;
  #order: Permutation | undefined;

  /**
   * Batches of a split.
   *
   * @param split The images.
   * @param options What batches are made of.
   * @param start Seed and stream of the order, and how many images were taken before.
   * @throws {RangeError} If a batch is of no images.
   */
  constructor(split: ImageSplit, options: ImageBatchesOptions, start: RandomState) {
    const { batch, accumulate = 1, classes } = options;
    const { augmentation = noAugmentation, labelSmoothing = 0 } = options;
    if (![batch, accumulate].every((size) => Number.isInteger(size) && size > 0)) {
      throw new RangeError(`${accumulate} batches of ${batch} images are impossible`);
    }
    this.#split = split;
    this.#options = { ...options, accumulate, augmentation, labelSmoothing };
    this.#start = start;
    this.#position = start.position;
    const { randAugment } = augmentation;
    this.#randAugment = randAugment && new RandAugment(split, randAugment);
    const count = batch * accumulate;
    this.#indices = new Int32Array(count);
    this.#pixels = new Uint8Array(count * imageBytes(split));
    this.#batches = Array.from({ length: accumulate }, () => ({
      images: new Float32Array(batch * imageBytes(split)),
      labels: mixesImages(augmentation) ? new Float32Array(batch * classes) : new Int32Array(batch),
    }));
  }

  /**
   * The micro-batches of the next step. They are written over when it is asked for the step behind it.
   *
   * @throws {InputError} If the images cannot be read any more.
   */
  async next(): Promise<readonly ImageBatch[]> {
    this.#pending ??= this.#read(this.#position);
    await this.#pending;
    const { batch } = this.#options;
    const bytes = batch * imageBytes(this.#split);
    for (const [index, target] of this.#batches.entries()) {
      const images = this.#indices.subarray(index * batch, (index + 1) * batch);
      const pixels = this.#pixels.subarray(index * bytes, (index + 1) * bytes);
      this.#write(target, images, pixels, this.#position + index * batch);
    }
    this.#position += this.#indices.length;
    this.#pending = this.#read(this.#position);
    // If nobody asks for them any more, nobody needs to know that they could not be read.
    this.#pending.catch(() => {});
    return this.#batches;
  }

  /** Where the next step begins, as plain data. */
  state(): RandomState {
    return { ...this.#start, position: this.#position };
  }

  async #read(position: number): Promise<void> {
    for (let place = 0; place < this.#indices.length; place++) {
      this.#indices[place] = this.#index(position + place);
    }
    await this.#split.read(this.#indices, this.#pixels);
  }

  /** The image of a draw. */
  #index(draw: number): number {
    const { count } = this.#split;
    const place = draw % count;
    const epoch = (draw - place) / count;
    if (this.#order === undefined || epoch !== this.#epoch) {
      const { seed, stream } = this.#start;
      this.#order = new Permutation(count, { seed, stream, index: epoch });
      this.#epoch = epoch;
    }
    return this.#order.at(place);
  }

  /** Changes the pixels of a micro-batch and writes what the model reads. */
  #write(
    { images, labels }: ImageBatch,
    indices: Int32Array,
    pixels: Uint8Array,
    firstDraw: number,
  ): void {
    const { augmentation, normalization, labelSmoothing } = this.#options;
    const bytes = imageBytes(this.#split);
    for (let place = 0; place < indices.length; place++) {
      const image = pixels.subarray(place * bytes, (place + 1) * bytes);
      this.#change(image, this.#random(AUGMENTATION_STREAM, firstDraw + place));
    }
    normalization.apply(pixels, this.#split, images);
    const classes = indices.map((index) => this.#split.labels[index]);
    if (labels instanceof Int32Array) {
      labels.set(classes);
      return;
    }
    writeSoftLabels(classes, labelSmoothing, labels);
    const random = this.#random(MIXING_STREAM, firstDraw);
    const isCut = augmentation.mixup === 0 || augmentation.cutmix > 0 && random.uniform() < 0.5;
    const rows = indices.length;
    if (isCut) cutmix(images, labels, rows, this.#split, augmentation.cutmix, random);
    else mixup(images, labels, rows, augmentation.mixup, random);
  }

  #change(image: Uint8Array, random: Random): void {
    const { crop, flip } = this.#options.augmentation;
    if (crop > 0) {
      const down = random.integer(2 * crop + 1) - crop;
      moveImage(image, this.#split, down, random.integer(2 * crop + 1) - crop);
    }
    if (flip && random.word() >> 31 !== 0) flipHorizontally(image, this.#split);
    this.#randAugment?.apply(image, random);
  }

  #random(stream: number, draw: number): Random {
    const position = draw * WORDS_PER_DRAW;
    return Random.fromState({ seed: this.#start.seed, stream, position });
  }
}
