/**
 * What the tuner may do.
 *
 * @module
 */
import { OptionError, optionName } from "../../errors.ts";
import { percent } from "./number_text.ts";
import { HIGHEST_THRESHOLD, LOWEST_THRESHOLD, normalSparsity } from "./threshold_rules.ts";

/** Options of the tuner, as `config.json` keeps them. */
export interface TunerOptions {
  /** Whether its learning-rate rules act; otherwise they only say what they would do. */
  readonly learningRate: boolean;
  /** Whether a falling loss is a reason to raise the learning rate. */
  readonly aggressive: boolean;
  /** Mean share of zero weights below which thresholds rise. */
  readonly targetSparsityMin: number;
  /** Mean share of zero weights above which thresholds fall. */
  readonly targetSparsityMax: number;
}

/**
 * Fills in what is not stated: a cautious tuner that leaves the learning rate alone and keeps half of the
 * weights zero. The range of sparsity is 0.5 to 0.52, because thresholds of at most 0.9 reach 0.527 in
 * normally distributed weights: a maximum above that could never be exceeded.
 *
 * @throws {InputError} If the range of sparsity is empty or thresholds cannot reach its bounds.
 */
export function tunerOptions(options: Partial<TunerOptions> = {}): TunerOptions {
  const { learningRate = false, aggressive = false } = options;
  const { targetSparsityMin = 0.5, targetSparsityMax = 0.52 } = options;
  if (targetSparsityMin > targetSparsityMax) {
    throw new OptionError(
      `Cannot aim at a sparsity from ${targetSparsityMin} (${
        optionName("targetSparsityMin")
      }) to ` +
        `${targetSparsityMax} (${optionName("targetSparsityMax")}): the latter is smaller`,
    );
  }
  checkReachable("targetSparsityMin", targetSparsityMin);
  checkReachable("targetSparsityMax", targetSparsityMax);
  return { learningRate, aggressive, targetSparsityMin, targetSparsityMax };
}

/**
 * Checks a threshold that the tuner is to start from.
 *
 * @throws {InputError} If it is out of the bounds of tuned thresholds: its first move would be a leap.
 */
export function checkTunable(threshold: number): void {
  if (threshold >= LOWEST_THRESHOLD && threshold <= HIGHEST_THRESHOLD) return;
  throw new OptionError(
    `Cannot tune from threshold ${threshold} (${
      optionName("weightThreshold")
    }): the tuner keeps thresholds ` +
      `from ${LOWEST_THRESHOLD} to ${HIGHEST_THRESHOLD}`,
  );
}

/** A bound that no threshold reaches could never be met, or its rule never act. */
function checkReachable(option: string, sparsity: number): void {
  const [lowest, highest] = [LOWEST_THRESHOLD, HIGHEST_THRESHOLD].map(normalSparsity);
  if (sparsity >= lowest && sparsity <= highest) return;
  throw new OptionError(
    `Cannot aim at a sparsity of ${sparsity} (${
      optionName(option)
    }): thresholds from ${LOWEST_THRESHOLD} to ` +
      `${HIGHEST_THRESHOLD} reach ${percent(lowest)} to ${
        percent(highest)
      } of normally distributed ` +
      `weights, expected a number from ${Math.ceil(100 * lowest) / 100} to ` +
      `${Math.floor(100 * highest) / 100}`,
  );
}
