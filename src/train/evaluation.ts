/**
 * Loss, perplexity, bits per byte and accuracy over a whole split.
 *
 * @module
 */
import { ValidationWindows } from "../data/batches.ts";
import type { LanguageModel } from "../models/language_model.ts";

/** What an evaluation gives. */
export interface Evaluation {
  /** Nats per token. */
  readonly loss: number;
  /** e^loss. */
  readonly perplexity: number;
  /** Total bits over the bytes of the text, loss · tokens / (ln 2 · bytes): comparable across tokenizers. */
  readonly bits_per_byte: number;
  /** Share of tokens whose likeliest prediction was right, 0 to 1. */
  readonly accuracy: number;
  /** Tokens predicted. */
  readonly tokens: number;
}

/** How to evaluate. */
export interface EvaluationOptions {
  /** B, windows evaluated at once; it does not change the result. */
  readonly batch: number;
  /** T, tokens per window. */
  readonly context: number;
  /** UTF-8 bytes of the tokens that are predicted. */
  readonly bytes: number;
  /** Called after each batch. */
  readonly onBatch?: (done: number, total: number) => void;
  /** Aborted: stop before the next batch and throw its reason. */
  readonly signal?: AbortSignal;
}

/**
 * Evaluates a split in non-overlapping windows of the context, every position counted.
 *
 * Sums are taken in float64 over the positions in order, so the result does not depend on the batch.
 *
 * @param split The tokens; each but the first is predicted once.
 * @throws {InputError} If there is no token to predict.
 * @throws {RangeError} If the context is longer than the model's, or a token outside its vocabulary.
 * @throws {WorkError} If the device has no room.
 */
export async function evaluateSplit(
  model: LanguageModel,
  split: Int32Array,
  options: EvaluationOptions,
): Promise<Evaluation> {
  const { batch, context, bytes, onBatch, signal } = options;
  const windows = new ValidationWindows(split, { batch, context });
  const tokens = new Int32Array(batch * context);
  const targets = new Int32Array(batch * context);
  let loss = 0;
  let correct = 0;
  await model.refresh();
  for (let index = 0; index < windows.batches; index++) {
    signal?.throwIfAborted();
    windows.fill(index, tokens, targets);
    const scores = await model.score(tokens, { shape: [batch, context], targets });
    loss += scores.losses.reduce((sum, value) => sum + value, 0);
    correct += scores.correct.reduce((sum, value) => sum + value, 0);
    onBatch?.(index + 1, windows.batches);
  }
  const mean = loss / windows.targets;
  return {
    loss: mean,
    perplexity: Math.exp(mean),
    bits_per_byte: loss / Math.LN2 / bytes,
    accuracy: correct / windows.targets,
    tokens: windows.targets,
  };
}

/** Largest intermediate value an evaluation during training may need: a fraction of what training needs. */
const EVALUATION_BYTES = 2 ** 25;

/**
 * Sequences to evaluate at once beside training with `batch` of them. An evaluation keeps nothing for a
 * backward pass, so it can afford more, up to four times as many.
 */
export function evaluationBatch(model: LanguageModel, batch: number, context: number): number {
  const { vocabSize, intermediateSize, hiddenSize } = model.config;
  const widest = Math.max(vocabSize, 2 * intermediateSize, 3 * hiddenSize);
  const affordable = Math.floor(EVALUATION_BYTES / (4 * context * widest));
  return Math.max(batch, Math.min(4 * batch, affordable));
}
