/**
 * Images whose pixels are in a file, as many of them kept in memory as there is room for.
 *
 * @module
 */

import { openFile, readFull, seek } from "../../host/open_file.ts";
import { fileError } from "../../files/file_error.ts";
import {
  checkRead,
  imageBytes,
  type ImageLabels,
  type ImageSize,
  type ImageSplit,
} from "./image_split.ts";

/** Where the images are. */
export interface StoredImages extends ImageSize {
  /** The file of their pixels, (count, height, width, channels) bytes and nothing else. */
  readonly path: string;
  /** (count) the class of each. */
  readonly labels: ImageLabels;
  /** How many bytes of pixels are kept in memory. */
  readonly memoryBytes: number;
}

/**
 * Images in a file. The first that are read are kept, until the memory is used up. Where every image comes once per
 * epoch, to keep those that came last instead would save no reading: each is as far away as any other.
 */
export class StoredSplit implements ImageSplit {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  /** (count) the class of each. */
  readonly labels: ImageLabels;
  readonly #path: string;
  readonly #bytes: number;
  readonly #kept: Uint8Array;
  /** Per image its place among those that are kept, −1 if it is not. */
  readonly #places: Int32Array;
  #used = 0;

  /** Images of a file. */
  constructor({ path, height, width, channels, labels, memoryBytes }: StoredImages) {
    this.count = labels.length;
    this.height = height;
    this.width = width;
    this.channels = channels;
    this.labels = labels;
    this.#path = path;
    this.#bytes = imageBytes(this);
    const room = Math.min(this.count, Math.floor(memoryBytes / this.#bytes));
    this.#kept = new Uint8Array(room * this.#bytes);
    this.#places = new Int32Array(this.count).fill(-1);
  }

  /** Reads images; those that are kept are there at once. */
  read(indices: Int32Array, out: Uint8Array): void | Promise<void> {
    checkRead(this, indices, out);
    const bytes = this.#bytes;
    let isComplete = true;
    for (let row = 0; row < indices.length; row++) {
      if (!this.#recall(indices[row], out.subarray(row * bytes, (row + 1) * bytes))) {
        isComplete = false;
      }
    }
    if (!isComplete) return this.#readMissing(indices, out);
  }

  /** Copies an image that is kept; tells whether it is. */
  #recall(index: number, out: Uint8Array): boolean {
    const start = this.#places[index] * this.#bytes;
    if (start < 0) return false;
    out.set(this.#kept.subarray(start, start + this.#bytes));
    return true;
  }

  async #readMissing(indices: Int32Array, out: Uint8Array): Promise<void> {
    const bytes = this.#bytes;
    try {
      using file = await openFile(this.#path);
      for (const [row, index] of indices.entries()) {
        const pixels = out.subarray(row * bytes, (row + 1) * bytes);
        // Meanwhile it may have come, and the same image may be wanted twice.
        if (this.#recall(index, pixels)) continue;
        await seek(file, index * bytes);
        await readFull(file, pixels);
        this.#keep(index, pixels);
      }
    } catch (error) {
      throw fileError("read", this.#path, error);
    }
  }

  #keep(index: number, pixels: Uint8Array): void {
    // Another read may have kept it meanwhile.
    if (this.#places[index] >= 0 || (this.#used + 1) * this.#bytes > this.#kept.length) return;
    this.#kept.set(pixels, this.#used * this.#bytes);
    this.#places[index] = this.#used++;
  }
}
