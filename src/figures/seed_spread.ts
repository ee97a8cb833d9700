/**
 * Curves of several seeds as one curve with a band around it.
 *
 * @module
 */
import type { FigureRun, Series, StepValue } from "./figure_data.ts";
import { meanOf } from "./mean_and_deviation.ts";

/** A point of a curve over several seeds. */
export interface SpreadPoint {
  /** Label of the series. */
  readonly series: string;
  /** Steps done. */
  readonly step: number;
  /** Mean over the seeds. */
  readonly mean: number;
  /** Smallest of the seeds. */
  readonly low: number;
  /** Largest of the seeds. */
  readonly high: number;
}

/**
 * The curve of a series; at a step that not every seed has reached, over those that have.
 *
 * @param curveOf What to take of each run.
 */
export function seedSpread(
  { label, runs }: Series,
  curveOf: (run: FigureRun) => readonly StepValue[],
): SpreadPoint[] {
  const values = new Map<number, number[]>();
  for (const run of runs) {
    for (const { step, value } of curveOf(run)) {
      values.set(step, [...values.get(step) ?? [], value]);
    }
  }
  return [...values].sort(([a], [b]) => a - b).map(([step, seeds]) => ({
    series: label,
    step,
    mean: meanOf(seeds),
    low: Math.min(...seeds),
    high: Math.max(...seeds),
  }));
}
