/**
 * Measures the training step of an image model.
 *
 * @module
 */
import type { ImageBatch } from "../data/images/image_batches.ts";
import { Random } from "../random.ts";
import type { Device } from "../device/device.ts";
import { ImageClassifier } from "../models/vit/model.ts";
import { numberedLabels, smallVitConfig, type VitConfig } from "../models/vit/config.ts";
import { TrainingStep } from "../train/step.ts";
import { STEP_SETTINGS } from "./measure.ts";

/** An image model in patches, and how many images a step has. */
export interface ImageModelSize {
  readonly config: VitConfig;
  /** Height and width of a patch. */
  readonly patchSize: number;
  readonly batch: number;
}

const PATCH = 4;

/** 65 tokens of width 192, in 6 layers: what image models are compared at. */
export const image: ImageModelSize = {
  config: {
    ...smallVitConfig,
    imageSize: 32,
    channels: 3,
    labels: numberedLabels(10),
    tokenizer: { kind: "patch", patchSize: PATCH },
    hiddenSize: 192,
    intermediateSize: 768,
    layers: 6,
    heads: 3,
  },
  patchSize: PATCH,
  batch: 64,
};

const WARMUP_STEPS = 3;

/**
 * Trains a model on random images and times every step.
 *
 * @param enough Whether these steps will do.
 * @returns The time of each in ms.
 */
export async function timeImageSteps(
  device: Device,
  { config, batch }: ImageModelSize,
  enough: (times: readonly number[]) => boolean,
): Promise<number[]> {
  using model = new ImageClassifier(config, device);
  model.memory.initialize(0);
  using step = await TrainingStep.make(model, { batch, accumulate: 1, labelSmoothing: 0 });
  const data = [randomBatch(config, batch)];
  const times: number[] = [];
  for (let warmup = WARMUP_STEPS; warmup > 0 || !enough(times); warmup--) {
    const startedMs = performance.now();
    await step.run(data, STEP_SETTINGS);
    await device.synchronize();
    if (warmup <= 0) times.push(performance.now() - startedMs);
  }
  return times;
}

function randomBatch({ channels, imageSize, labels }: VitConfig, batch: number): ImageBatch {
  const random = new Random(0);
  return {
    images: Float32Array.from(
      { length: batch * channels * imageSize ** 2 },
      () => random.normal(0, 1),
    ),
    labels: Int32Array.from({ length: batch }, () => random.integer(labels.length)),
  };
}
