/**
 * Continues a sequence of tokens.
 *
 * @module
 */
import type { Random } from "../random.ts";
import type { Model } from "../models/model.ts";
import { tokenModel } from "../models/token_model.ts";
import { checkSampling, sampleToken, type SamplingOptions } from "./sampler.ts";

/** How to continue. */
export interface GenerateOptions extends SamplingOptions {
  /** Tokens to generate. */
  readonly tokens: number;
  /** Ids from this one on are never chosen: those that the tokenizer of a padded vocabulary has not. Default all may. */
  readonly vocabSize?: number;
  /** Where the draws come from. */
  readonly random: Random;
  /** Aborted: no further token is computed, its reason is thrown. */
  readonly signal?: AbortSignal;
}

/**
 * Yields one token id after another. The model sees the last tokens that fit its context; its weights are quantized once,
 * when the first token is asked for.
 *
 * @param prompt Ids to continue; not empty.
 * @throws {TypeError} If the model continues no tokens, but is one of images, say.
 * @throws {RangeError} If the prompt is empty or an option is out of range.
 */
export async function* generate(
  model: Model,
  prompt: Int32Array,
  options: GenerateOptions,
): AsyncGenerator<number> {
  const continued = tokenModel(model);
  if (prompt.length === 0) throw new RangeError("Cannot continue an empty prompt");
  checkSampling(options);
  const { maxPositions } = continued.config;
  const { vocabSize } = options;
  const context = new Int32Array(maxPositions);
  const ids = [...prompt];
  await continued.refresh();
  for (let count = 0; count < options.tokens; count++) {
    options.signal?.throwIfAborted();
    const window = ids.slice(-maxPositions);
    // One shape for every length: causal attention never looks at the padding behind the last token.
    context.fill(0).set(window);
    const positions = Int32Array.of(window.length - 1);
    const logits = await continued.next(context, { shape: [1, maxPositions], positions });
    const id = sampleToken(logits.subarray(0, vocabSize), options.random, options, ids);
    ids.push(id);
    yield id;
  }
}
