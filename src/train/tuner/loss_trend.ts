/**
 * Where the training loss is going.
 *
 * @module
 */
import { mean } from "./mean.ts";

/** What the last ten training losses show. */
export type LossTrend = "exploding" | "plateau" | "improving" | "stable";

/** Losses a trend is read from. */
export const TREND_LOSSES = 10;

/** The last loss over the mean of the nine before it, above which training explodes. */
const EXPLODING_RATIO = 2;
/** Standard deviation over mean, below which the loss stands still. */
const PLATEAU_SPREAD = 0.01;
/** Mean of the last five losses over that of the first five, below which it falls. */
const IMPROVING_RATIO = 0.95;

/**
 * The trend of the last ten losses; the first that holds:
 *
 * - exploding: the last is more than twice the mean of the nine before it
 * - plateau: their standard deviation is less than a hundredth of their mean
 * - improving: the mean of the last five is less than 0.95 of that of the first five
 * - stable: anything else, also fewer than ten losses
 *
 * @param losses Training losses, the newest last.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { lossTrend } from "../../faces/train.ts";
 *
 * assert.equal(lossTrend([3, 2.9, 2.8, 2.7, 2.6, 2.5, 2.4, 2.3, 2.2, 2.1]), "improving");
 * assert.equal(lossTrend([2, 2, 2, 2, 2, 2, 2, 2, 2, 4.1]), "exploding");
 * ```
 */
export function lossTrend(losses: readonly number[]): LossTrend {
  const last = losses.slice(-TREND_LOSSES);
  if (last.length < TREND_LOSSES) return "stable";
  if (last[TREND_LOSSES - 1] > EXPLODING_RATIO * mean(last.slice(0, -1))) return "exploding";
  const level = mean(last);
  const deviation = Math.sqrt(mean(last.map((loss) => (loss - level) ** 2)));
  if (deviation < PLATEAU_SPREAD * level) return "plateau";
  const half = TREND_LOSSES / 2;
  if (mean(last.slice(half)) < IMPROVING_RATIO * mean(last.slice(0, half))) return "improving";
  return "stable";
}

/**
 * Ten losses that stand for many: the means of ten runs of consecutive steps, as equal in length as can
 * be. The loss of a single batch scatters by several percent, more than the differences that a trend is
 * recognized by.
 *
 * @param losses Training losses of consecutive steps.
 * @returns The means, or the losses themselves if they are ten or fewer.
 */
export function trendLosses(losses: readonly number[]): number[] {
  if (losses.length <= TREND_LOSSES) return [...losses];
  return Array.from({ length: TREND_LOSSES }, (_, index) => {
    const bound = (at: number) => Math.floor(at * losses.length / TREND_LOSSES);
    return mean(losses.slice(bound(index), bound(index + 1)));
  });
}
