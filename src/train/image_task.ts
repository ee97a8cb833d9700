/**
 * Learning the classes of images.
 *
 * @module
 */
import type { RandomState } from "../data/random.ts";
import type { ImageBatch, ImageClassifier } from "../models/image_classifier.ts";
import { type EvaluatedBatches, evaluateImages, type ImageEvaluation } from "./image_evaluation.ts";
import type { TrainingOptions } from "./options.ts";
import type { StepBatches } from "./step_batches.ts";
import { TrainingStep } from "./step.ts";
import type { TrainingTask } from "./task.ts";

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

/** An image model that learns a data set. */
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
    return this.options.batch * this.options.accumulate;
  }

  async makeStep(quantized: boolean): Promise<TrainingStep<ImageBatch>> {
    const { softLabels } = this.data;
    return await TrainingStep.make(this.model, { ...this.options, softLabels, quantized });
  }

  openBatches(start: RandomState): StepBatches<ImageBatch> {
    return this.data.train(start);
  }

  async evaluate(): Promise<ImageEvaluation> {
    return await evaluateImages(this.model, this.data.validation);
  }
}
