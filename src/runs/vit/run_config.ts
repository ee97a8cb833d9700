/**
 * What a run of an image model is.
 *
 * @module
 */
import type { VitConfig } from "../../models/vit/config.ts";
import type { TrainingOptions } from "../../train/options.ts";
import type { DataSource, RunConfig } from "../../train/run_config.ts";

/** Which images a run learns from, and what becomes of them. */
export interface ImageDataRecord extends DataSource {
  /** Which column of rows is the class; left out where the data tells it. */
  readonly labelColumn?: string;
  /** Name of the augmentation of training images. */
  readonly augment: string;
  /** Per channel what is subtracted of a pixel; white is 1. */
  readonly mean: readonly number[];
  /** Per channel what it is then divided by. */
  readonly std: readonly number[];
}

/** An image model that learns images. */
export type ImageRunConfig = RunConfig<VitConfig, ImageDataRecord>;

/** How many images a step learns from. */
export function imagesPerStep({ batch, accumulate }: TrainingOptions): number {
  return batch * accumulate;
}
