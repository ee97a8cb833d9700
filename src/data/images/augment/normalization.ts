/**
 * Bytes of pixels made into what the model reads.
 *
 * @module
 */

import { imageBytes, type ImageSize } from "../image_split.ts";

/** Turns (height, width, channels) bytes into (channels, height, width) numbers: `(value / 255 − mean) / std`. */
export class Normalization {
  /** (channels · 256) the number of each value. */
  readonly #table: Float32Array;

  /**
   * For images of some channels.
   *
   * @param mean Per channel what becomes 0; white is 1.
   * @param std Per channel what becomes a distance of 1.
   * @throws {RangeError} If there are not as many of both, or a deviation is not above 0.
   */
  constructor(mean: readonly number[], std: readonly number[]) {
    if (mean.length !== std.length || !std.every((deviation) => deviation > 0)) {
      throw new RangeError(`images cannot be normalized by means ${mean} and deviations ${std}`);
    }
    this.#table = new Float32Array(256 * mean.length);
    for (let at = 0; at < this.#table.length; at++) {
      const channel = at >> 8;
      this.#table[at] = ((at & 255) / 255 - mean[channel]) / std[channel];
    }
  }

  /**
   * Normalizes images.
   *
   * @param pixels (count, height, width, channels) bytes.
   * @param size Size of each image.
   * @param out Receives (count, channels, height, width).
   */
  apply(pixels: Uint8Array, size: ImageSize, out: Float32Array): void {
    const { channels } = size;
    const bytes = imageBytes(size);
    const plane = bytes / channels;
    for (let start = 0; start < pixels.length; start += bytes) {
      for (let channel = 0; channel < channels; channel++) {
        const table = this.#table.subarray(256 * channel, 256 * (channel + 1));
        const end = start + bytes;
        let to = start + channel * plane;
        for (let at = start + channel; at < end; at += channels) out[to++] = table[pixels[at]];
      }
    }
  }
}
