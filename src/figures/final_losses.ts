/**
 * What series end with.
 *
 * @module
 */
import type { FigureRun, Series } from "./figure_data.ts";
import { deviationOf, meanOf } from "./mean_and_deviation.ts";

/** What the seeds of a series end with. */
export interface FinalValue {
  /** Its label. */
  readonly series: string;
  /** By seed. */
  readonly seeds: ReadonlyMap<number, number>;
  /** Mean over the seeds. */
  readonly mean: number;
  /** Standard deviation over the seeds; undefined for a single one. */
  readonly deviation: number | undefined;
}

/** The last validation loss of each series that has one, nats per token or image. */
export function finalLosses(series: readonly Series[]): FinalValue[] {
  return finalValues(series, ({ validationLoss }) => validationLoss.at(-1)?.value);
}

/** The test accuracy of each series that has one, 0 to 1. */
export function finalAccuracies(series: readonly Series[]): FinalValue[] {
  return finalValues(series, ({ testAccuracy }) => testAccuracy);
}

function finalValues(
  series: readonly Series[],
  valueOf: (run: FigureRun) => number | undefined,
): FinalValue[] {
  return series.flatMap(({ label, runs }) => {
    const seeds = new Map(
      runs.flatMap((run): [number, number][] => {
        const value = valueOf(run);
        return value === undefined ? [] : [[run.seed, value]];
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
