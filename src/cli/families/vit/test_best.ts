/**
 * The test of an image model, once training has found which weights are best.
 *
 * @module
 */
import type { ImageClassifier } from "../../../models/vit/model.ts";
import { loadWeights } from "../../../models/model_directory.ts";
import { type EvaluatedBatches, evaluateImages } from "../../../train/image_evaluation.ts";
import type { MetricsLine, RunDirectory } from "../../../train/run_directory.ts";

/**
 * Evaluates the best weights of a finished run on images that nothing was chosen by.
 *
 * @param model Is given those weights.
 * @returns A line of metrics.
 */
export async function testBest(
  run: RunDirectory,
  model: ImageClassifier,
  images: EvaluatedBatches,
  signal: AbortSignal,
): Promise<MetricsLine> {
  await loadWeights(model, run.weightsPath);
  model.quantized = true;
  const step = (await run.metrics()).at(-1)!.step;
  return { step, split: "test", ...await evaluateImages(model, images, { signal }) };
}
