/**
 * A float image model that is to be quantized.
 *
 * @module
 */
import type { Normalization } from "../../data/images/augment/normalization.ts";
import { ImageBatches } from "../../data/images/image_batches.ts";
import type { ImageSplit } from "../../data/images/image_split.ts";
import { withValidation } from "../../data/images/validation_part.ts";
import type { ImageClassifier } from "../../models/vit/model.ts";
import { loadImageClassifier } from "../../models/vit/load.ts";
import { EvaluationBatches } from "./evaluation_batches.ts";
import { evaluateImages, imageEvaluationBatch } from "./evaluation.ts";
import type { EvaluationRequest } from "../family.ts";
import { CALIBRATION_BATCHES, type FloatRun } from "../float_run.ts";
import type { VitEvaluationOptions } from "./evaluate.ts";
import { evaluationImages } from "./evaluation_data.ts";

/** Opens an image model and its images. */
export async function openFloatImages(
  { directory, options, device, work }: EvaluationRequest<VitEvaluationOptions>,
): Promise<FloatRun<ImageClassifier>> {
  using opened = new DisposableStack();
  const loading = { trainable: true, onNote: work.onNote };
  const model = opened.use(await loadImageClassifier(directory.path, device, loading));
  const { config } = model;
  const { dataset, split, normalization } = await evaluationImages(
    options,
    directory,
    config,
    work,
  );
  work.onNote?.(`${directory.path} on the ${options.split} split of ${dataset.source}`);
  const asked = options.batch ?? imageEvaluationBatch(config);
  const evaluated = new EvaluationBatches(split, Math.min(asked, split.count), normalization);
  const { train } = withValidation(dataset);
  const batch = Math.min(asked, train.count);
  const shape = [batch, config.channels, config.imageSize, config.imageSize] as const;
  const classes = config.labels.length;
  const owned = opened.move();
  return {
    model,
    evaluate: (model) => evaluateImages(model, evaluated, { signal: work.signal }),
    calibrate: (model) =>
      model.calibrate(calibrationBatches(train, { batch, classes, normalization }), shape),
    saveBeside: () => Promise.resolve(),
    [Symbol.dispose]: () => owned.dispose(),
  };
}

/** A few batches of images, always the same. */
async function* calibrationBatches(
  split: ImageSplit,
  options: {
    readonly batch: number;
    readonly classes: number;
    readonly normalization: Normalization;
  },
): AsyncGenerator<Float32Array> {
  const batches = new ImageBatches(split, options, { seed: 0, stream: 0, position: 0 });
  for (let i = 0; i < CALIBRATION_BATCHES; i++) {
    for (const { images } of await batches.next()) yield images;
  }
}
