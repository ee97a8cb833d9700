/**
 * When the tuner ends the warmup.
 *
 * @module
 */
import { LARGE_GRADIENT_NORM } from "./learning_rate_rules.ts";
import type { LossTrend } from "./loss_trend.ts";
import { short } from "./number_text.ts";

/** What the warmup rule looks at. */
export interface WarmupEvidence {
  /** Steps done. */
  readonly step: number;
  /** Steps of the warmup. */
  readonly warmupSteps: number;
  /** Largest gradient norm before clipping since the last call. */
  readonly largestGradientNorm: number;
  /** Where the training loss is going. */
  readonly trend: LossTrend;
}

/**
 * Whether the rest of the warmup can be skipped: the loss falls and no gradient was large, so there is
 * nothing left to be careful about.
 *
 * @returns Why; undefined if the warmup goes on or is over.
 */
export function warmupDecision(evidence: WarmupEvidence): string | undefined {
  const { step, warmupSteps, largestGradientNorm, trend } = evidence;
  const calm = largestGradientNorm <= LARGE_GRADIENT_NORM;
  if (step >= warmupSteps || trend !== "improving" || !calm) return undefined;
  return `the training loss falls with gradient norms up to ${short(largestGradientNorm)}`;
}
