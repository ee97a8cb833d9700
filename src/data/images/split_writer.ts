/**
 * One split of a data set, decoded into files.
 *
 * @module
 */

import { writeFile } from "../../host/files.ts";
import { makeHash } from "../../host/hash.ts";
import { type OpenFile, openFile, openFileSync, seek, writeAll } from "../../host/open_file.ts";
import { InputError, WorkError } from "../../errors.ts";
import { fileSha256Hex } from "../../files/file_sha256.ts";
import { decodeImage } from "./decode_image.ts";
import type { EncodedDataset, EncodedImage, EncodedSplit } from "./image_files.ts";
import type { ImageOptions } from "./image_options.ts";
import { makeLabels, type SkippedImage } from "./image_split.ts";
import { PixelStatistics } from "./pixel_statistics.ts";
import { type Image, resizedSquare, withChannels } from "./resize.ts";

/** What became of a split. */
export interface SplitRecord {
  /** Images that were decoded. */
  readonly count: number;
  /** How many of them are encoded as grayscale. */
  readonly grayscale: number;
  /** How many of them had another size. */
  readonly resized: number;
  /** What could not be decoded. */
  readonly skipped: readonly SkippedImage[];
  /** SHA-256 of the file of pixels, in hexadecimal digits. */
  readonly pixelsSha256: string;
  /** SHA-256 of the file of labels. */
  readonly labelsSha256: string;
}

/** Where no size is asked for, images are not made larger than this. */
const largestStandardSide = 64;
const bufferBytes = 1 << 20;
const imagesPerProgress = 256;

/** Decodes images, makes them squares of one size, and writes their pixels and labels. */
export class DecodedSplitWriter implements Disposable {
  /** Mean and deviation of what was written. */
  readonly statistics: PixelStatistics;
  /** Images encoded as grayscale. */
  grayscale = 0;
  /** Height and width of all images; undefined before the first. */
  side: number | undefined;
  readonly #path: string;
  readonly #classes: number;
  readonly #channels: 1 | 3;
  readonly #file: OpenFile;
  readonly #labels: number[] = [];
  readonly #skipped: SkippedImage[] = [];
  readonly #hash = makeHash("sha256");
  #resized = 0;
  #buffer: Uint8Array<ArrayBuffer> = new Uint8Array();
  #buffered = 0;

  /**
   * An empty split.
   *
   * @param path Where to, without the extensions.
   * @param options How many classes there are, and the size of the images as far as it is given.
   */
  constructor(
    path: string,
    { classes, side, channels }: {
      readonly classes: number;
      readonly side: number | undefined;
      readonly channels: 1 | 3;
    },
  ) {
    this.#path = path;
    this.#classes = classes;
    this.#channels = channels;
    this.side = side;
    this.statistics = new PixelStatistics(channels);
    this.#file = openFileSync(`${path}.pixels`, { write: true, createNew: true });
  }

  /** Images written. */
  get count(): number {
    return this.#labels.length;
  }

  /**
   * Decodes and writes the images of a split.
   *
   * @throws {InputError} If none of them can be decoded.
   */
  async decode(
    split: EncodedSplit,
    dataset: EncodedDataset,
    splitName: string,
    { onImages, signal }: ImageOptions,
  ): Promise<void> {
    let done = 0;
    for await (const encoded of split.images()) {
      signal?.throwIfAborted();
      await this.#add(encoded);
      if (++done % imagesPerProgress === 0) {
        onImages?.({ split: splitName, done, total: split.total });
      }
    }
    onImages?.({ split: splitName, done, total: done });
    if (this.count > 0) return;
    const [first] = this.#skipped;
    throw new InputError(
      `Cannot use the images to ${splitName === "train" ? "train on" : "evaluate on"} of ` +
        `${dataset.name}: ` +
        (first === undefined
          ? "there are none"
          : `none of ${done} can be decoded, ${first.name}: ${first.why}`),
    );
  }

  /** SHA-256 of the encoded images and their labels, in hexadecimal digits; it ends with this. */
  digest(): string {
    return this.#hash.hex();
  }

  async #add({ name, bytes, label }: EncodedImage): Promise<void> {
    this.#hash.update(`${label} ${bytes.length}\n`).update(bytes);
    let image: Image;
    try {
      image = await decodeImage(bytes);
    } catch (error) {
      // Only what is the image's fault.
      if (error instanceof InputError || error instanceof WorkError) throw error;
      this.#skipped.push({ name, why: (error as Error).message });
      return;
    }
    const { height, width } = image;
    this.side ??= Math.min(height, width, largestStandardSide);
    if (height !== this.side || width !== this.side) this.#resized++;
    if (image.channels === 1) this.grayscale++;
    const { pixels } = withChannels(resizedSquare(image, this.side), this.#channels);
    this.statistics.add(pixels);
    this.#labels.push(label);
    await this.#write(pixels);
  }

  async #write(pixels: Uint8Array): Promise<void> {
    if (this.#buffered + pixels.length > this.#buffer.length) {
      await this.#flush();
      if (pixels.length > this.#buffer.length) {
        this.#buffer = new Uint8Array(Math.max(bufferBytes, pixels.length));
      }
    }
    this.#buffer.set(pixels, this.#buffered);
    this.#buffered += pixels.length;
  }

  async #flush(): Promise<void> {
    await writeAll(this.#file, this.#buffer.subarray(0, this.#buffered));
    this.#buffered = 0;
  }

  /**
   * Completes the files.
   *
   * @param asGreyscale Whether all channels are the same, so that one of three is enough.
   */
  async finish(asGreyscale: boolean): Promise<SplitRecord> {
    await this.#flush();
    if (asGreyscale && this.#channels === 3) await this.#keepOneChannel();
    await this.#file.sync();
    const labels = makeLabels(this.count, this.#classes);
    labels.set(this.#labels);
    const bytes = new Uint8Array(labels.buffer, labels.byteOffset, labels.byteLength);
    await writeFile(`${this.#path}.labels`, bytes);
    return {
      count: this.count,
      grayscale: this.grayscale,
      resized: this.#resized,
      skipped: this.#skipped,
      pixelsSha256: await fileSha256Hex(`${this.#path}.pixels`),
      labelsSha256: await fileSha256Hex(`${this.#path}.labels`),
    };
  }

  async #keepOneChannel(): Promise<void> {
    using source = await openFile(`${this.#path}.pixels`);
    await seek(this.#file, 0);
    const part = new Uint8Array(3 * bufferBytes);
    let total = 0;
    for (;;) {
      let filled = 0;
      for (let read; (read = await source.read(part.subarray(filled))) !== null && read > 0;) {
        filled += read;
      }
      if (filled === 0) break;
      // What is read is always further on than what is written.
      await this.#write(part.subarray(0, filled).filter((_, at) => at % 3 === 0));
      await this.#flush();
      total += filled / 3;
    }
    await this.#file.truncate(total);
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}
