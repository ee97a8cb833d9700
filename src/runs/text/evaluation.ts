/**
 * Loss, perplexity, bits per byte and accuracy over a whole split.
 *
 * @module
 */
import type { BatchIterable } from "../../data/text/batch_iterable.ts";
import { isTokens, type Tokens } from "../../data/text/token_source.ts";
import { ValidationWindows } from "../../data/text/validation_windows.ts";
import { InputError } from "../../errors.ts";
import type { LanguageModel } from "../../models/text/model.ts";
import { IGNORED_TARGET } from "../../ops/cross_entropy.ts";

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
  /**
   * Tokens from one window to the next, by default T: windows do not overlap. With fewer, each token is predicted from
   * at least T − stride before it.
   */
  readonly stride?: number;
  /** UTF-8 bytes of the tokens that are predicted. */
  readonly bytes: number;
  /** Called after each batch, with how many tokens were predicted so far. */
  readonly onTokens?: (done: number) => void;
  /** Aborted: stop before the next batch and throw its reason. */
  readonly signal?: AbortSignal;
}

/**
 * Evaluates a split in windows of the context, every token counted once.
 *
 * Sums are taken in float64 over the positions in order, so the result does not depend on the batch.
 *
 * @param split The tokens; each but the first is predicted once. Or custom batches, (B, T) each.
 * @throws {InputError} If there is no token to predict.
 * @throws {RangeError} If the context is longer than the model's, or a token outside its vocabulary.
 * @throws {WorkError} If the device has no room.
 */
export async function evaluateSplit(
  model: LanguageModel,
  split: Tokens | BatchIterable,
  options: EvaluationOptions,
): Promise<Evaluation> {
  const { context, bytes, onTokens, signal } = options;
  let [loss, correct, counted] = [0, 0, 0];
  await model.refresh();
  for await (
    const { tokens, targets } of isTokens(split) ? new ValidationWindows(split, options) : split
  ) {
    signal?.throwIfAborted();
    const shape = [tokens.length / context, context] as const;
    const scores = await model.score(tokens, { shape, targets });
    loss += scores.losses.reduce((sum, value) => sum + value, 0);
    correct += scores.correct.reduce((sum, value) => sum + value, 0);
    counted += targets.reduce((sum, target) => target === IGNORED_TARGET ? sum : sum + 1, 0);
    onTokens?.(counted);
  }
  if (counted === 0) throw new InputError("Cannot evaluate on no tokens: no batch has a target");
  const mean = loss / counted;
  return {
    loss: mean,
    perplexity: Math.exp(mean),
    bits_per_byte: loss / Math.LN2 / bytes,
    accuracy: correct / counted,
    tokens: counted,
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
