/**
 * Loss and accuracy over a whole split of images.
 *
 * @module
 */
import { InputError } from "../../errors.ts";
import type { ImageClassifier } from "../../models/vit/model.ts";
import { tokenCount, type VitConfig } from "../../models/vit/config.ts";
import { IGNORED_TARGET } from "../../ops/cross_entropy.ts";
import type { ConfusionMatrix } from "./confusion_matrix.ts";

/** What an evaluation gives. */
export interface ImageEvaluation {
  /** Nats per image. */
  readonly loss: number;
  /** Share of images whose likeliest class is theirs, 0 to 1. */
  readonly top1: number;
  /** Share of images whose class is among the five likeliest, 0 to 1. */
  readonly top5: number;
  /** Images that were evaluated. */
  readonly images: number;
}

/** Images with the class of each. */
export interface EvaluatedImages {
  /** (B·C·H·W) pixels, normalized. */
  readonly images: Float32Array;
  /** (B) the class of each; −100 does not count. */
  readonly labels: Int32Array;
}

/** Batches of them that can be iterated over. */
export type EvaluatedBatches = Iterable<EvaluatedImages> | AsyncIterable<EvaluatedImages>;

/** How to evaluate. */
export interface ImageEvaluationOptions {
  /** Counts every image. */
  readonly confusion?: ConfusionMatrix;
  /** Called after each batch, with how many images were evaluated so far. */
  readonly onImages?: (done: number) => void;
  /** Aborted: stop before the next batch and throw its reason. */
  readonly signal?: AbortSignal;
}

/** Largest intermediate value of an evaluation. */
const EVALUATION_BYTES = 2 ** 25;
/** More images at once are no faster. */
const MOST_IMAGES = 250;

/** Images to evaluate at once: as many as a bounded intermediate value has room for. */
export function imageEvaluationBatch(config: VitConfig): number {
  const { imageSize, channels, tokenizer, hiddenSize, intermediateSize } = config;
  const perToken = tokenCount(config) * Math.max(intermediateSize, 3 * hiddenSize);
  const window = tokenizer.kind === "convolution"
    ? Math.max(9 * channels, tokenizer.channels)
    : channels;
  const widest = Math.max(perToken, imageSize ** 2 * window);
  return Math.max(1, Math.min(MOST_IMAGES, Math.floor(EVALUATION_BYTES / (4 * widest))));
}

/** How many of the likeliest classes `top5` looks at. */
const TOP = 5;

/**
 * Evaluates a split, every image counted once.
 *
 * Sums are taken in float64 over the images in order, so the result does not depend on the batch.
 *
 * @param batches The images; those labelled −100 only fill a batch up.
 * @throws {InputError} If there is no image to evaluate.
 * @throws {RangeError} If an image has another size than the model's, or a label is no class.
 * @throws {WorkError} If the device has no room.
 */
export async function evaluateImages(
  model: ImageClassifier,
  batches: EvaluatedBatches,
  { confusion, onImages, signal }: ImageEvaluationOptions = {},
): Promise<ImageEvaluation> {
  const { channels, imageSize, labels: { length: classes } } = model.config;
  let [loss, first, amongTop, count] = [0, 0, 0, 0];
  await model.refresh();
  for await (const { images, labels } of batches) {
    signal?.throwIfAborted();
    const shape = [labels.length, channels, imageSize, imageSize] as const;
    const { losses, logits } = await model.score(images, { shape, labels });
    labels.forEach((label, i) => {
      if (label === IGNORED_TARGET) return;
      const row = logits.subarray(i * classes, (i + 1) * classes);
      const rank = rankOf(row, label);
      loss += losses[i];
      count++;
      if (rank === 0) first++;
      if (rank < TOP) amongTop++;
      confusion?.add(label, likeliest(row));
    });
    onImages?.(count);
  }
  if (count === 0) throw new InputError("Cannot evaluate on no images: there is none with a label");
  return { loss: loss / count, top1: first / count, top5: amongTop / count, images: count };
}

/** How many classes are likelier; of equally likely ones the earlier counts as likelier. */
function rankOf(logits: Float32Array, label: number): number {
  let rank = 0;
  for (let other = 0; other < logits.length; other++) {
    if (logits[other] > logits[label] || logits[other] === logits[label] && other < label) rank++;
  }
  return rank;
}

function likeliest(logits: Float32Array): number {
  let best = 0;
  for (let other = 1; other < logits.length; other++) {
    if (logits[other] > logits[best]) best = other;
  }
  return best;
}
