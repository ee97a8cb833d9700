/**
 * A little text, and the smallest model that can learn it.
 *
 * @module
 */
import { Random } from "../src/random.ts";
import { smallTextConfig, type TextConfig } from "../src/models/text/config.ts";
import { makeQuantization } from "../src/nn/quantization.ts";

const WORDS = "the of and to a in that it was his with as for had you not be her is but on at my"
  .split(" ");

/** English-looking lines; the same ones every time. */
export function tinyText(lines = 50): string {
  const random = new Random(7);
  const line = () => Array.from({ length: 8 }, () => WORDS[random.integer(WORDS.length)]).join(" ");
  return Array.from({ length: lines }, () => line() + ".\n").join("");
}

/** Distinct characters of {@link tinyText}. */
export const TINY_VOCABULARY = 19;

/**
 * One block of width 16 with two heads, context 8. Tests share this shape, with batches of 2 where they can:
 * a software GPU compiles every kernel once per shape, which costs far more than running it.
 */
export function tinyConfig(
  options: Partial<TextConfig> & { readonly bits?: number } = {},
): TextConfig {
  const { bits = 1.58, ...fields } = options;
  return {
    ...smallTextConfig,
    vocabSize: TINY_VOCABULARY,
    hiddenSize: 16,
    intermediateSize: 32,
    layers: 1,
    heads: 2,
    keyValueHeads: 2,
    maxPositions: 8,
    quantization: makeQuantization({ weightBits: bits }),
    ...fields,
  };
}

/** Ids of {@link tinyConfig}'s vocabulary, drawn uniformly. */
export function randomTokens(length: number, seed = 0): Int32Array {
  const random = new Random(seed);
  return Int32Array.from({ length }, () => random.integer(TINY_VOCABULARY));
}
