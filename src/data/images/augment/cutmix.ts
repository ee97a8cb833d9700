/**
 * CutMix: a rectangle of each image is that of another one.
 *
 * @module
 */

import type { Random } from "../../../random.ts";
import type { ImageSize } from "../image_split.ts";
import { sampleBeta } from "./beta.ts";
import { mixRows } from "./soft_labels.ts";

/**
 * Swaps a rectangle of each image of a batch with its partner's, in place, and mixes the wanted probabilities by its
 * area. One rectangle, whose area without what lies outside is from Beta(α, α), is drawn for the whole batch.
 *
 * @param images (B, channels, height, width) normalized pixels.
 * @param wanted (B, V) wanted probabilities.
 * @param rows B.
 * @param size Size of an image.
 * @param alpha α, above 0; 1 makes every area as likely.
 * @see Yun et al., "CutMix: Regularization Strategy to Train Strong Classifiers", arXiv 1905.04899
 */
export function cutmix(
  images: Float32Array,
  wanted: Float32Array,
  rows: number,
  { height, width, channels }: ImageSize,
  alpha: number,
  random: Random,
): void {
  const side = Math.sqrt(1 - sampleBeta(alpha, random));
  const [top, bottom] = interval(height, side, random);
  const [left, right] = interval(width, side, random);
  const plane = height * width;
  const length = channels * plane;
  for (let row = 0; row < rows >> 1; row++) {
    const partner = (rows - 1 - row) * length;
    for (let channel = 0; channel < channels; channel++) {
      for (let y = top; y < bottom; y++) {
        const offset = channel * plane + y * width;
        for (let x = left; x < right; x++) {
          const mine = row * length + offset + x;
          const theirs = partner + offset + x;
          const kept = images[mine];
          images[mine] = images[theirs];
          images[theirs] = kept;
        }
      }
    }
  }
  mixRows(wanted, rows, 1 - (bottom - top) * (right - left) / plane);
}

/** Part of a line, around a point anywhere on it; what would lie outside is cut off. */
function interval(length: number, share: number, random: Random): [start: number, end: number] {
  const center = random.integer(length);
  const size = Math.floor(length * share);
  const start = center - (size >> 1);
  return [Math.max(0, start), Math.min(length, start + size)];
}
