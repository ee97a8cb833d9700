/**
 * What the tuner writes down.
 *
 * @module
 */
import type { LossTrend } from "./loss_trend.ts";

/** What a decision is about. */
export type TunedSetting = "learning_rate" | "warmup" | "threshold" | "activation_momentum";

/** A rule that matched, and what came of it. */
export interface TunerDecision {
  /** What it is about. */
  readonly setting: TunedSetting;
  /** Name of the rule. */
  readonly rule: string;
  /** Value before, of thresholds the mean; null where there is none. */
  readonly from: number | null;
  /** Value that the rule wants; equal to `from` where it only takes note. */
  readonly to: number | null;
  /** Whether training goes on with it. */
  readonly applied: boolean;
  /** Why. */
  readonly reason: string;
}

/** A call of the tuner, as a line of `metrics.jsonl`. */
export interface TunerLine {
  /** Steps done. */
  readonly step: number;
  /** Tells it from measurements. */
  readonly split: "tuner";
  /** Mean training loss since the last call, nats per token. */
  readonly loss: number;
  /** Where it is going. */
  readonly trend: LossTrend;
  /** Mean gradient norm before clipping since the last call. */
  readonly grad_norm_mean: number;
  /** Largest of them. */
  readonly grad_norm_max: number;
  /** What the scheduled learning rate is multiplied by from here on. */
  readonly lr_factor: number;
  /** Plateaus that count towards the patience. */
  readonly plateaus: number;
  /** Every rule that matched. */
  readonly decisions: readonly TunerDecision[];
}
