/**
 * RandAugment: a few operations, chosen at random for each image, all of one magnitude.
 *
 * @module
 */

import type { Random } from "../../../random.ts";
import { imageBytes, type ImageSize } from "../image_split.ts";
import { rotation, shearX, shearY, transform, translation } from "./affine.ts";
import {
  changeBrightness,
  changeContrast,
  changeSaturation,
  changeSharpness,
  equalize,
  posterize,
  solarize,
  stretchContrast,
} from "./colors.ts";

/** The largest magnitude. */
const LARGEST = 30;

/** How an operation changes an image in place. */
type Operation = (image: {
  readonly pixels: Uint8Array;
  readonly size: ImageSize;
  /** As many bytes as there are pixels. */
  readonly scratch: Uint8Array;
  /** 0 for no change to 1 for the strongest. */
  readonly strength: number;
  /** 1 or −1, as likely. */
  readonly sign: number;
}) => void;

/** An image moves by at most this share of its side, as 150 pixels of 331 in the paper. */
const MOVE = 150 / 331;

const operations: readonly Operation[] = [
  () => {},
  ({ pixels, size, scratch, strength, sign }) =>
    transform(pixels, size, shearX(0.3 * sign * strength), scratch),
  ({ pixels, size, scratch, strength, sign }) =>
    transform(pixels, size, shearY(0.3 * sign * strength), scratch),
  ({ pixels, size, scratch, strength, sign }) =>
    transform(
      pixels,
      size,
      translation(Math.trunc(MOVE * size.width * sign * strength), 0),
      scratch,
    ),
  ({ pixels, size, scratch, strength, sign }) =>
    transform(
      pixels,
      size,
      translation(0, Math.trunc(MOVE * size.height * sign * strength)),
      scratch,
    ),
  ({ pixels, size, scratch, strength, sign }) =>
    transform(pixels, size, rotation(30 * sign * strength), scratch),
  ({ pixels, strength, sign }) => changeBrightness(pixels, 1 + 0.9 * sign * strength),
  ({ pixels, size, strength, sign }) => changeSaturation(pixels, size, 1 + 0.9 * sign * strength),
  ({ pixels, size, strength, sign }) => changeContrast(pixels, size, 1 + 0.9 * sign * strength),
  ({ pixels, size, scratch, strength, sign }) =>
    changeSharpness(pixels, size, 1 + 0.9 * sign * strength, scratch),
  ({ pixels, strength }) => posterize(pixels, 8 - Math.round(4 * strength)),
  ({ pixels, strength }) => solarize(pixels, 255 * (1 - strength)),
  ({ pixels, size }) => stretchContrast(pixels, size),
  ({ pixels, size }) => equalize(pixels, size),
];

/**
 * Changes images by operations chosen at random: none, shears, moves, a rotation, brightness, saturation, contrast,
 * sharpness, posterizing, solarizing, stretched contrast and equalized values, as torchvision has them.
 *
 * @see Cubuk et al., "RandAugment: Practical automated data augmentation", arXiv 1909.13719
 */
export class RandAugment {
  readonly #size: ImageSize;
  readonly #operations: number;
  readonly #strength: number;
  readonly #scratch: Uint8Array;

  /**
   * @param size Size of the images.
   * @param options How many operations each image goes through, and how strong they are, 0 to 30.
   * @throws {RangeError} If they are impossible.
   */
  constructor(
    size: ImageSize,
    options: { readonly operations: number; readonly magnitude: number },
  ) {
    const { operations: count, magnitude } = options;
    if (!Number.isInteger(count) || count < 1 || !(magnitude >= 0 && magnitude <= LARGEST)) {
      throw new RangeError(`${count} operations of magnitude ${magnitude} are impossible`);
    }
    this.#size = size;
    this.#operations = count;
    this.#strength = magnitude / LARGEST;
    this.#scratch = new Uint8Array(imageBytes(size));
  }

  /**
   * Changes an image, in place.
   *
   * @param pixels (height, width, channels) bytes.
   */
  apply(pixels: Uint8Array, random: Random): void {
    const common = { pixels, size: this.#size, scratch: this.#scratch, strength: this.#strength };
    for (let done = 0; done < this.#operations; done++) {
      const operation = operations[random.integer(operations.length)];
      operation({ ...common, sign: random.word() >> 31 === 0 ? 1 : -1 });
    }
  }
}
