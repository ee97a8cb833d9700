/**
 * The images that the option `data` names, with the progress of their download and decoding.
 *
 * @module
 */
import type { ImageOptions } from "../../data/images/image_options.ts";
import type { ImageDataset } from "../../data/images/image_split.ts";
import { openImages } from "../../data/images/open_images.ts";
import type { VitConfig } from "../../models/vit/config.ts";
import { downloadHook, type WorkHooks } from "../work.ts";

/** Size and colors of the images that a model reads. */
export function shapeFor(
  { imageSize, channels }: VitConfig,
): { readonly imageSize: number; readonly channels: 1 | 3 } {
  return { imageSize, channels: channels === 1 ? 1 : 3 };
}

/** How images are opened. */
interface LoadOptions
  extends Pick<ImageOptions, "imageSize" | "channels" | "seed" | "labelColumn"> {
  /** Megabytes of decoded images that are kept in memory, as the option `imageMemory` says. */
  readonly imageMemory?: number;
}

/**
 * Opens images.
 *
 * @param name What the option `data` says.
 * @param options Size and channels, what decides which images are held out, and how many are kept in memory.
 */
export async function loadImages(
  name: string,
  { imageMemory, ...options }: LoadOptions,
  work: WorkHooks,
): Promise<ImageDataset> {
  return await openImages(name, {
    ...options,
    ...(imageMemory !== undefined && { memoryBytes: imageMemory * 1e6 }),
    onNotice: work.onNote,
    onProgress: downloadHook(work),
    onImages({ split, done, total = done }) {
      work.onProgress?.({ label: `decode ${split}`, unit: "images", done, total });
    },
    signal: work.signal,
  });
}
