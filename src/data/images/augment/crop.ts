/**
 * Crops of padded images.
 *
 * @module
 */

import type { ImageSize } from "../image_split.ts";

/**
 * Moves an image within its frame, in place; what comes in from outside is black. It is the crop of an image that is
 * padded on all sides.
 *
 * @param pixels (height, width, channels) bytes.
 * @param down Rows it moves down, negative for up.
 * @param right Pixels it moves to the right, negative for left.
 */
export function moveImage(
  pixels: Uint8Array,
  { height, width, channels }: ImageSize,
  down: number,
  right: number,
): void {
  const line = width * channels;
  // Rows are taken in the order in which none is written over before it has moved.
  for (let step = 0; step < height; step++) {
    const row = down > 0 ? height - 1 - step : step;
    const from = row - down;
    const target = row * line;
    if (from < 0 || from >= height || Math.abs(right) >= width) {
      pixels.fill(0, target, target + line);
      continue;
    }
    const source = from * line;
    const shift = right * channels;
    if (shift >= 0) {
      pixels.copyWithin(target + shift, source, source + line - shift);
      pixels.fill(0, target, target + shift);
    } else {
      pixels.copyWithin(target, source - shift, source + line);
      pixels.fill(0, target + line + shift, target + line);
    }
  }
}
