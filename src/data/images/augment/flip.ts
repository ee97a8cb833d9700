/**
 * Mirror images.
 *
 * @module
 */

import type { ImageSize } from "../image_split.ts";

/**
 * Mirrors an image from left to right, in place.
 *
 * @param pixels (height, width, channels) bytes.
 */
export function flipHorizontally(
  pixels: Uint8Array,
  { height, width, channels }: ImageSize,
): void {
  for (let row = 0; row < height; row++) {
    let left = row * width * channels;
    let right = left + (width - 1) * channels;
    for (; left < right; left += channels, right -= channels) {
      for (let channel = 0; channel < channels; channel++) {
        const kept = pixels[left + channel];
        pixels[left + channel] = pixels[right + channel];
        pixels[right + channel] = kept;
      }
    }
  }
}
