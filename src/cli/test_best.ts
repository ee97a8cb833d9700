/**
 * The test of an image model, once training has told which weights are best.
 *
 * @module
 */
import type { ImageClassifier } from "../models/image_classifier.ts";
import { loadWeights } from "../models/model_directory.ts";
import { type EvaluatedBatches, evaluateImages } from "../train/image_evaluation.ts";
import type { RunDirectory } from "../train/run_directory.ts";
import type { CommandContext } from "./context.ts";
import { describeEvaluation } from "./metrics_text.ts";

/**
 * Judges the best weights of a finished run on images that nothing was chosen by, and writes it as a line of metrics.
 *
 * @param model Is given those weights.
 */
export async function testBest(
  run: RunDirectory,
  model: ImageClassifier,
  images: EvaluatedBatches,
  context: Pick<CommandContext, "log" | "interrupted">,
): Promise<void> {
  await loadWeights(model, run.weightsPath);
  model.quantized = true;
  const evaluation = await evaluateImages(model, images, { signal: context.interrupted });
  const step = (await run.metrics()).at(-1)!.step;
  const line = { step, split: "test", ...evaluation } as const;
  await run.log(line);
  context.log(`Test of the best weights: ${describeEvaluation(line, "image")}`);
}
