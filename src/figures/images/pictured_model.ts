/**
 * A model and the images it is shown with.
 *
 * @module
 */
import type { Normalization } from "../../data/images/augment/normalization.ts";
import { EvaluationImages } from "../../data/images/evaluation_images.ts";
import { imageBytes, type ImageSplit } from "../../data/images/image_split.ts";
import type { ImageClassifier } from "../../models/image_classifier.ts";
import type { ImageAttention } from "./attention_maps.ts";
import { type Raster, rasterOf } from "./raster.ts";

/** What figures of an image model are drawn from. */
export interface PicturedModel {
  /** The model. */
  readonly model: ImageClassifier;
  /** Images it was not trained on, of its size and channels. */
  readonly split: ImageSplit;
  /** Names of the classes. */
  readonly classes: readonly string[];
  /** How bytes become what the model reads. */
  readonly normalization: Normalization;
  /** What model and data are; it stands under every title. */
  readonly subject: string;
}

/** What a model makes of an image. */
export interface Answer {
  /** Place of the image in the split. */
  readonly index: number;
  /** The class it is of. */
  readonly label: number;
  /** The likeliest class. */
  readonly answer: number;
  /** The probability of the likeliest class, 0 to 1. */
  readonly confidence: number;
}

/** Images judged at once. */
const BATCH = 100;

/** What the model makes of the first images of a split. */
export async function firstAnswers(
  { model, split, classes, normalization }: PicturedModel,
  most: number,
): Promise<Answer[]> {
  const batch = Math.min(BATCH, split.count);
  const batches = new EvaluationImages(split, batch, normalization);
  const images = new Float32Array(batch * imageBytes(split));
  const labels = new Int32Array(batch);
  const shape = [batch, split.channels, split.height, split.width] as const;
  const answers: Answer[] = [];
  for (let index = 0; index < batches.batches && answers.length < most; index++) {
    const counted = await batches.fill(index, images, labels);
    const { logits } = await model.forward(images, { shape, labels });
    const answered = answersOf(logits, labels, classes.length);
    answers.push(
      ...answered.slice(0, counted).map((answer, row) => ({
        ...answer,
        index: index * batch + row,
      })),
    );
  }
  return answers.slice(0, most);
}

/** What the model makes of some images, and where it looks. */
export async function answersWithAttention(
  { model, split, classes, normalization }: PicturedModel,
  indices: Int32Array,
): Promise<{ readonly answer: Answer; readonly attention: ImageAttention }[]> {
  const pixels = new Uint8Array(indices.length * imageBytes(split));
  await split.read(indices, pixels);
  const images = new Float32Array(pixels.length);
  normalization.apply(pixels, split, images);
  const B = indices.length;
  const shape = [B, split.channels, split.height, split.width] as const;
  const { logits, attention } = await model.forward(images, { shape, attention: true });
  const labels = Int32Array.from(indices, (index) => split.labels[index]);
  const [layers, heads, tokens] = model.attentionShape;
  const size = heads * tokens * tokens;
  return answersOf(logits, labels, classes.length).map((answer, row) => {
    const probabilities = new Float32Array(layers * size);
    for (let layer = 0; layer < layers; layer++) {
      const start = (layer * B + row) * size;
      probabilities.set(attention!.subarray(start, start + size), layer * size);
    }
    const hasClassToken = model.config.pooling === "class";
    return {
      answer: { ...answer, index: indices[row] },
      attention: { layers, heads, tokens, hasClassToken, probabilities },
    };
  });
}

/** The answers that logits say; the place of an image is that in its batch. */
function answersOf(logits: Float32Array, labels: Int32Array, classes: number): Answer[] {
  return Array.from(labels, (label, row) => {
    const scores = logits.subarray(row * classes, (row + 1) * classes);
    const highest = scores.reduce((a, b) => Math.max(a, b), -Infinity);
    const sum = scores.reduce((total, score) => total + Math.exp(score - highest), 0);
    return { index: row, label, answer: scores.indexOf(highest), confidence: 1 / sum };
  });
}

/** An image of a split as a picture. */
export async function pictureOf(split: ImageSplit, index: number): Promise<Raster> {
  const pixels = new Uint8Array(imageBytes(split));
  await split.read(Int32Array.of(index), pixels);
  if (split.channels === 1) return rasterOf(pixels, split.width, (grey) => [grey, grey, grey]);
  return { height: split.height, width: split.width, pixels };
}

/** The first image of each of the first classes that have any. */
export function oneOfEachClass({ labels }: ImageSplit, most: number): Int32Array {
  const first = new Map<number, number>();
  for (const [index, label] of labels.entries()) if (!first.has(label)) first.set(label, index);
  const chosen = [...first].sort(([a], [b]) => a - b).slice(0, most).map(([, index]) => index);
  return Int32Array.from(chosen);
}

/** A probability in words. */
export function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
