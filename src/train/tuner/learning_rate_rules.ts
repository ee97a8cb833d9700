/**
 * When the tuner changes the learning rate.
 *
 * @module
 */
import type { LossTrend } from "./loss_trend.ts";
import { short } from "./number_text.ts";

/** What one move up or down multiplies the rate by. */
const INCREASE = 1.05;
const DECREASE = 0.95;

/** Norms, before clipping, that call for a lower and for a higher rate. */
export const LARGE_GRADIENT_NORM = 10;
const SMALL_GRADIENT_NORM = 1e-4;

/** Verdicts of a plateau before the rate falls. */
export const PLATEAU_PATIENCE = 10;

/** The tuner does not move the rate out of these bounds. */
const LOWEST_RATE = 1e-6;
const HIGHEST_RATE = 1e-2;

/** What the learning-rate rules look at. */
export interface LearningRateEvidence {
  /** Largest gradient norm before clipping since the last call. */
  readonly largestGradientNorm: number;
  /** Mean of those norms. */
  readonly meanGradientNorm: number;
  /** Where the training loss is going. */
  readonly trend: LossTrend;
  /** Plateaus seen before this one. */
  readonly plateaus: number;
  /** Whether a falling loss is a reason to go faster. */
  readonly aggressive: boolean;
}

/** What the rules make of it. */
export interface LearningRateVerdict {
  /** Name of the rule that matched. */
  readonly rule: string;
  /** What the rate is to be multiplied by; 1 where the rule only takes note. */
  readonly factor: number;
  /** Why. */
  readonly reason: string;
  /** Plateaus that count from here on. */
  readonly plateaus: number;
}

interface LearningRateRule {
  readonly rule: string;
  matches(evidence: LearningRateEvidence): boolean;
  factor(evidence: LearningRateEvidence): number;
  reason(evidence: LearningRateEvidence): string;
  /** Plateaus that count after it; unchanged where absent. */
  plateaus?(evidence: LearningRateEvidence): number;
}

/** Plateaus with the one at hand; the patience is over when they are {@link PLATEAU_PATIENCE}. */
const counted = ({ plateaus }: LearningRateEvidence) => plateaus + 1;
const impatient = (evidence: LearningRateEvidence) => counted(evidence) >= PLATEAU_PATIENCE;

/** In the order in which they are asked. */
const RULES: readonly LearningRateRule[] = [
  {
    rule: "large gradients",
    matches: ({ largestGradientNorm }) => largestGradientNorm > LARGE_GRADIENT_NORM,
    factor: () => DECREASE,
    reason: ({ largestGradientNorm }) =>
      `the largest gradient norm ${short(largestGradientNorm)} is above ${LARGE_GRADIENT_NORM}`,
  },
  {
    rule: "small gradients",
    matches: ({ meanGradientNorm }) => meanGradientNorm < SMALL_GRADIENT_NORM,
    factor: () => INCREASE,
    reason: ({ meanGradientNorm }) =>
      `the mean gradient norm ${short(meanGradientNorm)} is below ${SMALL_GRADIENT_NORM}`,
  },
  {
    rule: "exploding",
    matches: ({ trend }) => trend === "exploding",
    factor: () => DECREASE ** 2,
    reason: () => "the training loss more than doubled",
    plateaus: () => 0,
  },
  {
    rule: "plateau",
    matches: ({ trend }) => trend === "plateau",
    factor: (evidence) => impatient(evidence) ? DECREASE : 1,
    reason: (evidence) =>
      `the training loss stands still, ${counted(evidence)} of ${PLATEAU_PATIENCE} times`,
    plateaus: (evidence) => impatient(evidence) ? 0 : counted(evidence),
  },
  {
    rule: "improving",
    matches: ({ trend }) => trend === "improving",
    factor: ({ aggressive }) => aggressive ? INCREASE : 1,
    reason: ({ aggressive }) =>
      "the training loss falls" + (aggressive ? "" : ", and only an aggressive tuner goes faster"),
    plateaus: () => 0,
  },
];

/**
 * Asks the rules in turn; the first that matches decides:
 *
 * 1. large gradients: largest norm above 10 → × 0.95
 * 2. small gradients: mean norm below 1e-4 → × 1.05
 * 3. exploding loss → × 0.95²
 * 4. plateau: at every tenth → × 0.95. A loss that falls or explodes in between starts the count anew, one
 *    that merely scatters does not
 * 5. improving loss → × 1.05, if aggressive
 *
 * @returns Undefined if none matches.
 */
export function learningRateDecision(
  evidence: LearningRateEvidence,
): LearningRateVerdict | undefined {
  const found = RULES.find((rule) => rule.matches(evidence));
  return found && {
    rule: found.rule,
    factor: found.factor(evidence),
    reason: found.reason(evidence),
    plateaus: found.plateaus?.(evidence) ?? evidence.plateaus,
  };
}

/**
 * The learning rate of a step: what the schedule says times the tuner's factor, kept in [1e-6, 1e-2]. What
 * the schedule itself says outside of these bounds stays: there the tuner can only bring it closer.
 *
 * @param scheduled The schedule's rate.
 * @param factor The product of all moves so far; 1 leaves every rate as it is.
 */
export function tunedLearningRate(scheduled: number, factor: number): number {
  const lowest = Math.min(LOWEST_RATE, scheduled);
  const highest = Math.max(HIGHEST_RATE, scheduled);
  return Math.min(highest, Math.max(lowest, scheduled * factor));
}
