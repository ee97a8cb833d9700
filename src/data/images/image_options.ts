/**
 * How an image data set is opened.
 *
 * @module
 */

import { InputError } from "../../errors.ts";
import type { HubOptions } from "../hub/options.ts";

/** How far the preparation of images is. */
export interface ImageProgress {
  /** The split that is being decoded. */
  readonly split: string;
  /** Images decoded. */
  readonly done: number;
  /** How many there are, if that is known. */
  readonly total: number | undefined;
}

/** How an image data set is opened. */
export interface ImageOptions extends HubOptions {
  /** Height and width of the images; by default those they have, see `openImages`. */
  readonly imageSize?: number;
  /** 1 for grayscale, 3 for color; by default what the images are. */
  readonly channels?: 1 | 3;
  /** Decides which images are held out where the data set has none of its own to be evaluated on; default 0. */
  readonly seed?: number;
  /** How many bytes of decoded images are kept in memory; the rest is read from disk. Default 1 GiB. */
  readonly memoryBytes?: number;
  /** Folder where decoded images are kept; by default the user's cache, see `cacheDirectory`. */
  readonly cacheDir?: string;
  /** Which column of rows is the class; by default `label`, else the only one of integers. */
  readonly labelColumn?: string;
  /** Called now and then while images are decoded. */
  readonly onImages?: (progress: ImageProgress) => void;
}

/** The largest side that is taken for what was meant. */
const largestSide = 4096;

/**
 * Checks the options that a user gives.
 *
 * @throws {InputError} If the image size is no size.
 */
export function checkImageOptions({ imageSize }: ImageOptions): void {
  if (imageSize === undefined) return;
  if (!Number.isInteger(imageSize) || imageSize < 1 || imageSize > largestSide) {
    throw new InputError(
      `Cannot use the image size ${imageSize}: a whole number of pixels from 1 to ${largestSide} ` +
        "is accepted",
    );
  }
}
