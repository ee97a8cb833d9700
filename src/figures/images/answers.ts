/**
 * What a model takes images for, and where it looks.
 *
 * @module
 */
import { EvaluationImages } from "../../data/images/evaluation_images.ts";
import { imageBytes } from "../../data/images/image_split.ts";
import type { ImageAttention } from "./attention_maps.ts";
import type { PicturedModel } from "./model_pictures.ts";

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

/** Images evaluated at once. */
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

/** A probability in words. */
export function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
