/**
 * Rotations, shears and translations of images.
 *
 * @module
 */

import type { ImageSize } from "../image_split.ts";

/** Where a pixel of the result is taken from, relative to the middle: `x' = a·x + b·y + c`, `y' = d·x + e·y + f`. */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** As if the image leant: pixels are taken from `amount · y` further along the row. */
export function shearX(amount: number): Affine {
  return [1, amount, 0, 0, 1, 0];
}

/** As if the image slid: pixels are taken from `amount · x` further down the column. */
export function shearY(amount: number): Affine {
  return [1, 0, 0, amount, 1, 0];
}

/** Moves the image by some pixels to the right and down. */
export function translation(right: number, down: number): Affine {
  return [1, 0, -right, 0, 1, -down];
}

/** Turns the image, clockwise. */
export function rotation(degrees: number): Affine {
  const angle = degrees * Math.PI / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return [cos, sin, 0, -sin, cos, 0];
}

/**
 * Transforms an image, each pixel taken from the nearest one; what comes in from outside is black.
 *
 * @param pixels (height, width, channels) bytes, written over.
 * @param scratch As many bytes.
 */
export function transform(
  pixels: Uint8Array,
  { height, width, channels }: ImageSize,
  [a, b, c, d, e, f]: Affine,
  scratch: Uint8Array,
): void {
  scratch.set(pixels);
  const [middleX, middleY] = [width / 2, height / 2];
  let to = 0;
  for (let row = 0; row < height; row++) {
    const y = row + 0.5 - middleY;
    let fromX = a * (0.5 - middleX) + b * y + c + middleX;
    let fromY = d * (0.5 - middleX) + e * y + f + middleY;
    for (let column = 0; column < width; column++, fromX += a, fromY += d) {
      const isInside = fromX >= 0 && fromX < width && fromY >= 0 && fromY < height;
      let from = ((fromY | 0) * width + (fromX | 0)) * channels;
      for (let channel = 0; channel < channels; channel++) {
        pixels[to++] = isInside ? scratch[from++] : 0;
      }
    }
  }
}
