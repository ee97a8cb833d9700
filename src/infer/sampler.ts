/**
 * Draws the next token from logits.
 *
 * @module
 */
import type { Random } from "../random.ts";

/** How to draw. */
export interface SamplingOptions {
  /** Logits are divided by it; 0 takes the likeliest token. Default 1. */
  readonly temperature?: number;
  /** Keep the k likeliest tokens; 0 keeps all. Default 0. */
  readonly topK?: number;
  /** Keep the fewest tokens whose probabilities sum to p (nucleus sampling). Default 1. */
  readonly topP?: number;
  /** Divide positive and multiply negative logits of tokens already seen. Default 1. */
  readonly repetitionPenalty?: number;
}

/**
 * Draws one token id from `p ∝ exp(logit / temperature)`, cut down to the likeliest tokens.
 *
 * The penalty comes first, then temperature, top-k and top-p.
 *
 * @param logits (V) of the last position; not changed.
 * @param random Gives one number, none at temperature 0.
 * @param seen Ids the repetition penalty applies to.
 * @throws {RangeError} If an option is out of range.
 * @see Holtzman et al., arXiv 1904.09751 (top-p); Keskar et al., arXiv 1909.05858, section 4.1 (penalty)
 *
 * @example The likeliest token, and one of the two likeliest
 * ```ts
 * import assert from "node:assert/strict";
 * import { Random } from "../../mod.ts";
 * import { sampleToken } from "../faces/infer.ts";
 *
 * const logits = new Float32Array([0, 3, 1]);
 * assert.equal(sampleToken(logits, new Random(0), { temperature: 0 }), 1);
 * assert.notEqual(sampleToken(logits, new Random(0), { topK: 2 }), 0);
 * ```
 */
export function sampleToken(
  logits: Float32Array,
  random: Random,
  options: SamplingOptions = {},
  seen: Iterable<number> = [],
): number {
  const { temperature = 1, topK = 0, topP = 1, repetitionPenalty = 1 } = options;
  checkSampling(options);
  const scores = Float64Array.from(logits);
  if (repetitionPenalty !== 1) {
    for (const id of new Set(seen)) {
      scores[id] = scores[id] > 0 ? scores[id] / repetitionPenalty : scores[id] * repetitionPenalty;
    }
  }
  if (temperature === 0) return scores.indexOf(scores.reduce((a, b) => Math.max(a, b), -Infinity));

  const ranked = Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a] || a - b);
  const kept = topK > 0 ? ranked.slice(0, topK) : ranked;
  const largest = scores[kept[0]];
  const weights = kept.map((id) => Math.exp((scores[id] - largest) / temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let mass = 0;
  let count = 0;
  // At least one token stays, and the one that crosses p is the last of them.
  while (count < weights.length && (count === 0 || mass < topP * total)) mass += weights[count++];

  let target = random.uniform() * mass;
  for (let i = 0; i < count; i++) {
    target -= weights[i];
    if (target < 0) return kept[i];
  }
  return kept[count - 1];
}

/**
 * Checks that options describe a distribution.
 *
 * @throws {RangeError} If one is out of range, naming it and its range.
 */
export function checkSampling(options: SamplingOptions): void {
  const { temperature = 1, topK = 0, topP = 1, repetitionPenalty = 1 } = options;
  const demand = (holds: boolean, name: string, value: number, range: string) => {
    if (!holds) throw new RangeError(`Cannot sample with ${name} ${value}: it must be ${range}`);
  };
  demand(temperature >= 0 && Number.isFinite(temperature), "temperature", temperature, "≥ 0");
  demand(Number.isInteger(topK) && topK >= 0, "top-k", topK, "a whole number ≥ 0");
  demand(topP > 0 && topP <= 1, "top-p", topP, "in (0, 1]");
  demand(repetitionPenalty > 0, "repetition penalty", repetitionPenalty, "> 0");
}
