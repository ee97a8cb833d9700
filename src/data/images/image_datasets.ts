/**
 * What an image data set that has a name is.
 *
 * @module
 */

import type { ImageOptions } from "./image_options.ts";
import type { ImageDataset } from "./image_split.ts";

/** An image data set that has a name. */
export interface NamedImages {
  /** What `--data` calls it. */
  readonly name: string;
  /** What it is, in one line. */
  readonly summary: string;
  /** The terms it may be used under. */
  readonly license: string;
  /**
   * Opens it.
   *
   * @throws {WorkError} If no source of it can be reached, or what came is damaged.
   */
  open(options: ImageOptions): Promise<ImageDataset>;
}
