/**
 * The hyperparameter tuner: called at every evaluation, it looks at the training since the last one and
 * moves learning rate, warmup, thresholds and activation momentum by its rules, one file each.
 *
 * It decides and remembers; nothing here knows a device.
 *
 * @module
 */
import type { TunedSetting, TunerDecision, TunerLine } from "./decision.ts";
import { learningRateDecision, tunedLearningRate } from "./learning_rate_rules.ts";
import { type LossTrend, lossTrend, TREND_LOSSES, trendLosses } from "./loss_trend.ts";
import { mean } from "./mean.ts";
import { momentumDecision } from "./momentum_rule.ts";
import type { TunerOptions } from "./options.ts";
import { initialTuner, type TunerRecord, type TunerState } from "./state.ts";
import { type LayerThreshold, thresholdDecision } from "./threshold_rules.ts";
import { warmupDecision } from "./warmup_rule.ts";

/** What can be tuned, as it stands at a call. */
export interface TunerInputs {
  /** Steps done. */
  readonly step: number;
  /** Steps of the warmup. */
  readonly warmupSteps: number;
  /** What the schedule says for the next step. */
  readonly scheduledLearningRate: number;
  /**
   * Threshold and sparsity of every layer; none while training is still in float, undefined where there never
   * are thresholds.
   */
  readonly layers: ReadonlyMap<string, LayerThreshold> | undefined;
  /** Momentum of the activations' running maximum in use; undefined where there is none. */
  readonly momentum: number | undefined;
}

/** What comes of a call. */
export interface Tuning {
  /** What the tuner remembers from here on. */
  readonly state: TunerState;
  /** What is to be written down. */
  readonly line: TunerLine;
  /** New threshold of every layer; undefined if they stay. */
  readonly thresholds: ReadonlyMap<string, number> | undefined;
  /** New activation momentum; undefined if it stays. */
  readonly momentum: number | undefined;
}

/**
 * One call of the tuner, after an evaluation. The trend is that of the losses since the last call, of ten
 * at least, in ten means.
 *
 * @throws {RangeError} If no step was observed since the last call.
 *
 * @example A loss that explodes
 * ```ts
 * import assert from "node:assert/strict";
 * import { initialTuner, observeSteps, tune, tunerOptions } from "../../faces/train.ts";
 *
 * const losses = [2, 2, 2, 2, 2, 2, 2, 2, 2, 5];
 * const records = losses.map((loss) => ({ loss, gradientNorm: 1 }));
 * const observed = observeSteps(initialTuner, records);
 * const { state, line } = tune(observed, tunerOptions({ learningRate: true }), {
 *   step: 10,
 *   warmupSteps: 0,
 *   scheduledLearningRate: 1e-3,
 *   layers: undefined,
 *   momentum: undefined,
 * });
 * assert.equal(line.decisions[0].rule, "exploding");
 * assert(Math.abs(state.learningRateFactor - 0.95 ** 2) < 1e-12);
 * ```
 */
export function tune(state: TunerState, options: TunerOptions, inputs: TunerInputs): Tuning {
  const { count, sum, largest: largestGradientNorm } = state.gradientNorms;
  if (count === 0) throw new RangeError("Cannot tune: no step was observed since the last call");
  const losses = state.losses.slice(-Math.max(count, TREND_LOSSES));
  const evidence = {
    largestGradientNorm,
    meanGradientNorm: sum / count,
    trend: lossTrend(trendLosses(losses)),
  };
  const first = state.history.length === 0;
  const rate = tuneLearningRate(state, options, inputs, evidence);
  const warmup = tuneWarmup(options, inputs, evidence);
  const threshold = tuneThresholds(options, inputs, first);
  const momentum = tuneMomentum(inputs, first);

  const loss = mean(state.losses.slice(-count));
  const { learningRateFactor, plateaus } = rate;
  const { scheduledLearningRate } = inputs;
  const record: TunerRecord = {
    step: inputs.step,
    loss,
    gradientNorm: evidence.meanGradientNorm,
    learningRate: tunedLearningRate(scheduledLearningRate, learningRateFactor),
    threshold: threshold.mean,
    momentum: momentum.momentum ?? inputs.momentum ?? null,
  };
  return {
    state: {
      losses: state.losses.slice(-TREND_LOSSES),
      gradientNorms: initialTuner.gradientNorms,
      plateaus,
      learningRateFactor,
      warmupEnd: warmup?.applied ? inputs.step : state.warmupEnd,
      history: [...state.history, record],
    },
    line: {
      step: inputs.step,
      split: "tuner",
      loss,
      trend: evidence.trend,
      grad_norm_mean: evidence.meanGradientNorm,
      grad_norm_max: largestGradientNorm,
      lr_factor: learningRateFactor,
      plateaus,
      decisions: [rate.decision, warmup, threshold.decision, momentum.decision]
        .filter((decision) => decision !== undefined),
    },
    thresholds: threshold.thresholds,
    momentum: momentum.momentum,
  };
}

/** What every rule looks at. */
interface Evidence {
  readonly largestGradientNorm: number;
  readonly meanGradientNorm: number;
  readonly trend: LossTrend;
}

function tuneLearningRate(
  state: TunerState,
  options: TunerOptions,
  { scheduledLearningRate: scheduled }: TunerInputs,
  evidence: Evidence,
) {
  const { plateaus, learningRateFactor } = state;
  const verdict = learningRateDecision({ ...evidence, plateaus, aggressive: options.aggressive });
  if (!verdict) return { learningRateFactor, plateaus, decision: undefined };
  const from = tunedLearningRate(scheduled, learningRateFactor);
  const to = tunedLearningRate(scheduled, learningRateFactor * verdict.factor);
  const applied = options.learningRate && to !== from;
  const atBound = verdict.factor !== 1 && to === from ? ", but the rate is at its bound" : "";
  const { rule, reason } = verdict;
  const decision: TunerDecision = {
    setting: "learning_rate",
    rule,
    from,
    to,
    applied,
    reason: reason + atBound,
  };
  return {
    plateaus: verdict.plateaus,
    // What the bounds cut off is forgotten, so that the first move back counts.
    learningRateFactor: applied ? to / scheduled : learningRateFactor,
    decision,
  };
}

function tuneWarmup(
  options: TunerOptions,
  { step, warmupSteps }: TunerInputs,
  evidence: Evidence,
): TunerDecision | undefined {
  const reason = warmupDecision({ ...evidence, step, warmupSteps });
  if (reason === undefined) return undefined;
  return {
    setting: "warmup",
    rule: "early exit",
    from: warmupSteps,
    to: step,
    applied: options.learningRate,
    reason,
  };
}

function tuneThresholds(
  { targetSparsityMin: min, targetSparsityMax: max }: TunerOptions,
  { layers }: TunerInputs,
  first: boolean,
) {
  if (!layers) {
    const reason = "only the weight scheme threshold has one";
    const decision = first ? notApplicable("threshold", reason) : undefined;
    return { thresholds: undefined, mean: null, decision };
  }
  if (layers.size === 0) return { thresholds: undefined, mean: null, decision: undefined };
  const from = mean([...layers.values()].map(({ threshold }) => threshold));
  const verdict = thresholdDecision(layers, { min, max });
  if (!verdict) return { thresholds: undefined, mean: from, decision: undefined };
  const { rule, reason, thresholds } = verdict;
  const applied = [...layers].some(([name, { threshold }]) => thresholds.get(name) !== threshold);
  const to = mean([...thresholds.values()]);
  const decision: TunerDecision = {
    setting: "threshold",
    rule,
    from,
    to,
    applied,
    reason: reason + (applied ? "" : ", but every threshold is at its bound"),
  };
  return { thresholds: applied ? thresholds : undefined, mean: to, decision };
}

function tuneMomentum({ step, momentum: from }: TunerInputs, first: boolean) {
  const setting = "activation_momentum";
  if (from === undefined) {
    const reason = "only the activation scheme ema_tensor has one";
    return { momentum: undefined, decision: first ? notApplicable(setting, reason) : undefined };
  }
  const verdict = momentumDecision(from, step);
  if (!verdict) return { momentum: undefined, decision: undefined };
  const { momentum: to, reason } = verdict;
  const decision: TunerDecision = { setting, rule: "linear", from, to, applied: true, reason };
  return { momentum: to, decision };
}

/** Said once, so that nobody waits for a rule that cannot act in this run. */
function notApplicable(setting: TunedSetting, reason: string): TunerDecision {
  return { setting, rule: "not applicable", from: null, to: null, applied: false, reason };
}
