/**
 * How the tuner moves the thresholds of ternary weights towards a sparsity.
 *
 * A weight is zero where |w| ≤ τ · mean|w| of its row, so a higher threshold τ gives more zeros.
 *
 * @module
 */
import { mean } from "./mean.ts";
import { percent } from "./number_text.ts";

/** No threshold is moved below this. */
export const LOWEST_THRESHOLD = 0.3;
/** No threshold is moved above this. */
export const HIGHEST_THRESHOLD = 0.9;

const RAISE = 0.01;
const LOWER = -0.02;
/** Moves of layers that are this far out of the range are this much larger. */
const FAR_BELOW = 0.8;
const FAR_ABOVE = 1.2;
const FAR_FACTOR = 1.5;

/** Threshold of a layer and the share of its weights that it makes zero. */
export interface LayerThreshold {
  /** τ. */
  readonly threshold: number;
  /** Share of zero weights, 0 to 1. */
  readonly sparsity: number;
}

/** What the threshold rules decide. */
export interface ThresholdVerdict {
  /** Name of the rule that matched. */
  readonly rule: string;
  /** Why. */
  readonly reason: string;
  /** The new threshold of every layer. */
  readonly thresholds: ReadonlyMap<string, number>;
}

/**
 * Share of zeros that a threshold gives in normally distributed weights, erf(τ/√π): 19 % at 0.3, 42 % at
 * 0.7, 50 % at 0.845, 53 % at 0.9.
 */
export function normalSparsity(threshold: number): number {
  const x = threshold / Math.sqrt(Math.PI);
  // The Taylor series of erf: for the small arguments of thresholds a few terms are exact.
  let sum = 0;
  let power = x;
  for (let n = 0; n < 30; n++) {
    sum += power / (2 * n + 1);
    power *= -x * x / (n + 1);
  }
  return 2 / Math.sqrt(Math.PI) * sum;
}

/**
 * Asks the rules: a mean sparsity below the range raises every threshold by 0.01, one above it lowers every
 * threshold by 0.02; 1.5 times as much for layers below 0.8 · min or above 1.2 · max.
 *
 * @param layers At least one, by name.
 * @param range Where the mean sparsity should be.
 * @returns Undefined if it is there.
 */
export function thresholdDecision(
  layers: ReadonlyMap<string, LayerThreshold>,
  range: { readonly min: number; readonly max: number },
): ThresholdVerdict | undefined {
  const sparsity = mean([...layers.values()].map((layer) => layer.sparsity));
  if (sparsity < range.min) {
    return {
      rule: "too dense",
      reason: `the mean sparsity ${percent(sparsity)} is below ${percent(range.min)}`,
      thresholds: moved(layers, RAISE, (layer) => layer.sparsity < FAR_BELOW * range.min),
    };
  }
  if (sparsity > range.max) {
    return {
      rule: "too sparse",
      reason: `the mean sparsity ${percent(sparsity)} is above ${percent(range.max)}`,
      thresholds: moved(layers, LOWER, (layer) => layer.sparsity > FAR_ABOVE * range.max),
    };
  }
  return undefined;
}

function moved(
  layers: ReadonlyMap<string, LayerThreshold>,
  move: number,
  isFar: (layer: LayerThreshold) => boolean,
): Map<string, number> {
  return new Map(
    [...layers].map(([name, layer]) => {
      const target = layer.threshold + move * (isFar(layer) ? FAR_FACTOR : 1);
      return [name, Math.min(HIGHEST_THRESHOLD, Math.max(LOWEST_THRESHOLD, target))];
    }),
  );
}
