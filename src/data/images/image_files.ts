/**
 * Images as they are found: files of PNG or JPEG, each with its class.
 *
 * @module
 */

import type { ImageDataset } from "./image_split.ts";

/** One image. */
export interface EncodedImage {
  /** What to call it in a message. */
  readonly name: string;
  /** A whole PNG or JPEG file. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Its class. */
  readonly label: number;
}

/** What a split is used for. */
export type ImageSplitName = "train" | "validation" | "test";

/** Images that are used for the same. */
export interface EncodedSplit {
  /** How many there are, if that is known. */
  readonly total: number | undefined;
  /** Each of them, in an order that is always the same. */
  images(): AsyncIterable<EncodedImage>;
}

/** A data set of encoded images. */
export interface EncodedDataset
  extends Pick<ImageDataset, "name" | "canonicalName" | "source" | "license" | "classes"> {
  /** Whatever decides which images there are, and in which order: another one is another data set. */
  readonly identity: unknown;
  /** Files that are no images, beside them. */
  readonly leftAlone?: readonly string[];
  /** Its splits. */
  readonly splits: {
    readonly train: EncodedSplit;
    readonly validation?: EncodedSplit;
    readonly test: EncodedSplit;
  };
}
