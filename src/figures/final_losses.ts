/**
 * The last validation losses of series.
 *
 * @module
 */
import type { Series } from "./figure_data.ts";
import { deviationOf, meanOf } from "./mean_and_deviation.ts";

/** Last validation losses of the seeds of a series, nats per token. */
export interface FinalLoss {
  /** Its label. */
  readonly series: string;
  /** By seed. */
  readonly seeds: ReadonlyMap<number, number>;
  /** Mean over the seeds. */
  readonly mean: number;
  /** Standard deviation over the seeds; undefined for a single one. */
  readonly deviation: number | undefined;
}

/** The last validation loss of each series that has one. */
export function finalLosses(series: readonly Series[]): FinalLoss[] {
  return series.flatMap(({ label, runs }) => {
    const seeds = new Map(
      runs.flatMap(({ seed, validationLoss }): [number, number][] => {
        const last = validationLoss.at(-1);
        return last === undefined ? [] : [[seed, last.value]];
      }),
    );
    if (seeds.size === 0) return [];
    const values = [...seeds.values()];
    return [{ series: label, seeds, mean: meanOf(values), deviation: deviationOf(values) }];
  });
}

/** Series in the order of their bits, fewest first. */
export function rankedByBits(series: readonly Series[]): Series[] {
  return [...series].sort((a, b) => a.bits - b.bits);
}
