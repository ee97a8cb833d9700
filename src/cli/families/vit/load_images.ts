/**
 * The images that `--data` names, with the progress of their download and decoding.
 *
 * @module
 */
import type { ImageOptions } from "../../../data/images/image_options.ts";
import type { ImageDataset } from "../../../data/images/image_split.ts";
import { openImages } from "../../../data/images/open_images.ts";
import type { VitConfig } from "../../../models/vit/config.ts";
import type { OpenRunImages } from "../../../sweep/run_pictures.ts";
import { downloadProgress } from "../../terminal/download_progress.ts";
import type { PreparationContext } from "../text/corpus.ts";
import { StageProgress } from "../../terminal/stage_progress.ts";

/** Size and colors of the images that a model reads. */
export function shapeFor(
  { imageSize, channels }: VitConfig,
): { readonly imageSize: number; readonly channels: 1 | 3 } {
  return { imageSize, channels: channels === 1 ? 1 : 3 };
}

/** How images are opened. */
interface LoadOptions
  extends Pick<ImageOptions, "imageSize" | "channels" | "seed" | "labelColumn"> {
  /** Megabytes of decoded images that are kept in memory, as `--image-memory` says. */
  readonly imageMemory?: number;
}

/**
 * Opens images.
 *
 * @param name What `--data` says.
 * @param options Size and channels, what decides which images are held out, and how many are kept in memory.
 */
export async function loadImages(
  name: string,
  { imageMemory, ...options }: LoadOptions,
  context: PreparationContext,
): Promise<ImageDataset> {
  using stages = new StageProgress(context);
  return await openImages(name, {
    ...options,
    ...(imageMemory !== undefined && { memoryBytes: imageMemory * 1e6 }),
    onNotice: context.note,
    onProgress: downloadProgress(context),
    onImages({ split, done, total = done }) {
      stages.update({ label: `decode ${split}`, unit: "images", total }, done);
    },
    signal: context.interrupted,
  });
}

/**
 * Opens the images that a run was trained on.
 *
 * @param imageMemory Megabytes of them that are kept in memory.
 */
export function runImages(context: PreparationContext, imageMemory?: number): OpenRunImages {
  return ({ data, model }) => loadImages(data.name, { ...shapeFor(model), imageMemory }, context);
}
