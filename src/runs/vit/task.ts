/**
 * Learning the classes of images.
 *
 * @module
 */
import type { ImageBatch } from "../../data/images/image_batches.ts";
import type { Plan } from "../../device/device.ts";
import type { RandomState } from "../../random.ts";
import type { ImageClassifier } from "../../models/vit/model.ts";
import {
  type EvaluatedBatches,
  evaluateImages,
  type ImageEvaluation,
  imageEvaluationBatch,
} from "./evaluation.ts";
import type { TrainingOptions } from "../../train/options.ts";
import type { StepBatches } from "../../train/task.ts";
import { TrainingStep } from "../../train/step.ts";
import { imagesPerStep } from "./run_config.ts";
import type { TrainingTask } from "../../train/task.ts";
import type { Reduction } from "../../train/reduction.ts";

/** What an image model learns from. */
export interface ImageTrainingData {
  /**
   * Opens the training batches, each of as many images as the options say.
   *
   * @param start Where to begin: what {@link StepBatches.state} gave, or a state at position 0.
   */
  train(start: RandomState): StepBatches<ImageBatch>;
  /** Whether labels of training batches are probabilities of the classes, as of mixed images; default no. */
  readonly softLabels?: boolean;
  /** Images that are held out, in batches that can be iterated over for every evaluation. */
  readonly validation: EvaluatedBatches;
}

/**
 * An image model that learns a data set.
 *
 * @example A model of custom images
 * ```ts
 * import assert from "node:assert/strict";
 * import * as bittext from "../../../mod.ts";
 * import { ImageBatches, MemorySplit, Normalization, type RandomState } from "../../faces/data.ts";
 * import { EvaluationBatches } from "../../faces/runs.ts";
 *
 * // Two classes: dark and bright.
 * const size = { height: 8, width: 8, channels: 1 } as const;
 * const labels = Uint8Array.from({ length: 40 }, (_, i) => i % 2);
 * const pixels = Uint8Array.from({ length: 40 * 64 }, (_, i) => 50 + 150 * labels[i >> 6]);
 * const split = new MemorySplit(size, pixels, labels);
 * const normalization = new Normalization([0.5], [0.25]);
 *
 * using device = await bittext.openDevice();
 * using model = new bittext.ImageClassifier({
 *   ...bittext.smallVitConfig,
 *   ...{ imageSize: 8, labels: ["dark", "bright"], layers: 1 },
 *   tokenizer: { kind: "patch", patchSize: 4 },
 * }, device);
 * model.memory.initialize(0);
 *
 * const options = bittext.trainingOptions({ steps: 20, batch: 8 });
 * const data = {
 *   train: (start: RandomState) =>
 *     new ImageBatches(split, { batch: 8, classes: 2, normalization }, start),
 *   validation: new EvaluationBatches(split, 10, normalization),
 * };
 * const run = new bittext.RunDirectory(await Deno.makeTempDir());
 * const task = new bittext.ImageTask(model, data, options);
 * const { final } = await bittext.trainTask(task, options, run);
 * assert(final.top1 > 0.9);
 * await Deno.remove(run.path, { recursive: true });
 * ```
 */
export class ImageTask implements TrainingTask<ImageBatch, ImageEvaluation> {
  /** A loss is nats per image. */
  readonly unit = "image";

  /** A task of a model; the options say how large its batches are. */
  constructor(
    /** Trained in place. */
    readonly model: ImageClassifier,
    /** What it learns from. */
    readonly data: ImageTrainingData,
    /** Sizes of the batches. */
    readonly options: TrainingOptions,
  ) {}

  get unitsPerStep(): number {
    return imagesPerStep(this.options);
  }

  async makeStep(quantized: boolean, reduce?: Reduction): Promise<TrainingStep<ImageBatch>> {
    const { softLabels } = this.data;
    const options = { ...this.options, softLabels, quantized, reduce };
    return await TrainingStep.make(this.model, options);
  }

  openBatches(start: RandomState): StepBatches<ImageBatch> {
    return this.data.train(start);
  }

  async evaluate(): Promise<ImageEvaluation> {
    return await evaluateImages(this.model, this.data.validation);
  }

  planEvaluation(): Plan {
    const { config } = this.model;
    const { channels, imageSize } = config;
    return this.model.planForward([
      imageEvaluationBatch(config),
      channels,
      imageSize,
      imageSize,
    ]);
  }
}
