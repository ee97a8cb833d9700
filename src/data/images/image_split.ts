/**
 * Images with the class of each, wherever their pixels are.
 *
 * @module
 */

/** Classes of images, as small as their number allows. */
export type ImageLabels = Uint8Array | Uint16Array | Int32Array;

/** Size of one image: `height · width · channels` bytes, row by row, the channels of a pixel together. */
export interface ImageSize {
  /** Rows. */
  readonly height: number;
  /** Pixels of a row. */
  readonly width: number;
  /** 1 for grayscale, 3 for red, green and blue. */
  readonly channels: 1 | 3;
}

/** One part of an image data set. All images are of one size. */
export interface ImageSplit extends ImageSize {
  /** How many images there are. */
  readonly count: number;
  /** (count) the class of each. */
  readonly labels: ImageLabels;
  /**
   * Reads images.
   *
   * @param indices Which, each from 0 to `count` − 1.
   * @param out Receives their pixels, one image after the other.
   * @returns Nothing if they are there already, else a promise of them.
   * @throws {RangeError} If there is no such image, or `out` is not of the size of as many.
   * @throws {InputError} If the file they are in cannot be read any more.
   */
  read(indices: Int32Array, out: Uint8Array): void | Promise<void>;
}

/** An image that was left out. */
export interface SkippedImage {
  /** Its path, or the file and the row it is in. */
  readonly name: string;
  /** Why. */
  readonly why: string;
}

/** Images to learn from and images to be evaluated on. */
export interface ImageDataset {
  /** What it was asked for as. */
  readonly name: string;
  /** A name that always means exactly these images: with the commit, or the whole path. */
  readonly canonicalName: string;
  /** Where it is from, for people. */
  readonly source: string;
  /** The terms it may be used under. */
  readonly license: string;
  /** Checksum of what the images are made from: SHA-256, in hexadecimal digits. */
  readonly sha256: string;
  /** Names of the classes; a label is a place in this list. */
  readonly classes: readonly string[];
  /** The images to learn from. */
  readonly train: ImageSplit;
  /** Images to choose by, where the data set has them beside those of the test. */
  readonly validation?: ImageSplit;
  /** The images to be evaluated on. */
  readonly test: ImageSplit;
  /** Per channel the mean of the training images; white is 1. */
  readonly mean: readonly number[];
  /** Per channel the standard deviation of the pixels of the training images. */
  readonly std: readonly number[];
  /** What was left out because it could not be decoded. */
  readonly skipped: readonly SkippedImage[];
}

/** Bytes of one image. */
export function imageBytes({ height, width, channels }: ImageSize): number {
  return height * width * channels;
}

/**
 * Checks a request for images.
 *
 * @throws {RangeError} If there is no such image, or `out` is not of the size of as many.
 */
export function checkRead(split: ImageSplit, indices: Int32Array, out: Uint8Array): void {
  const wrong = indices.find((index) => !(index >= 0 && index < split.count));
  if (wrong !== undefined) {
    throw new RangeError(`there is no image ${wrong} among ${split.count}`);
  }
  const bytes = indices.length * imageBytes(split);
  if (out.length !== bytes) {
    throw new RangeError(`${indices.length} images of ${bytes} bytes do not fit ${out.length}`);
  }
}

/** Labels in the smallest array that holds so many classes. */
export function makeLabels(count: number, classes: number): ImageLabels {
  if (classes <= 256) return new Uint8Array(count);
  return classes <= 65_536 ? new Uint16Array(count) : new Int32Array(count);
}
