/**
 * Images whose pixels are all in memory.
 *
 * @module
 */

import {
  checkRead,
  imageBytes,
  type ImageLabels,
  type ImageSize,
  type ImageSplit,
} from "./image_split.ts";

/** Images in one array. */
export class MemorySplit implements ImageSplit {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  /** (count) the class of each. */
  readonly labels: ImageLabels;
  readonly #pixels: Uint8Array;
  readonly #bytes: number;

  /**
   * Images in one array.
   *
   * @param size Size of each.
   * @param pixels (count, height, width, channels) bytes.
   * @param labels (count) the class of each.
   * @throws {RangeError} If there are not as many images as labels.
   */
  constructor(size: ImageSize, pixels: Uint8Array, labels: ImageLabels) {
    this.count = labels.length;
    this.height = size.height;
    this.width = size.width;
    this.channels = size.channels;
    this.labels = labels;
    this.#pixels = pixels;
    this.#bytes = imageBytes(size);
    if (pixels.length !== this.count * this.#bytes) {
      throw new RangeError(
        `${pixels.length} bytes are not ${this.count} images of ${this.#bytes} bytes`,
      );
    }
  }

  /** Reads images; they are there at once. */
  read(indices: Int32Array, out: Uint8Array): void {
    checkRead(this, indices, out);
    const bytes = this.#bytes;
    for (let place = 0; place < indices.length; place++) {
      const start = indices[place] * bytes;
      out.set(this.#pixels.subarray(start, start + bytes), place * bytes);
    }
  }
}
