/**
 * Metrics as people read them and sweeps compare them.
 *
 * @module
 */

/** A metric of an evaluation, as people read it. */
export interface ShownMetric {
  /** What `metrics.jsonl` calls it. */
  readonly name: string;
  /** What people call it. */
  readonly words: string;
  /** Digits behind the point. */
  readonly digits: number;
  /** Whether it is a share, from 0 to 1, which tables give in percent. */
  readonly isShare?: boolean;
}

/** A metric of a finished run, as sweeps compare it. */
export interface ResultMetric {
  /** What `results.jsonl` calls it. */
  readonly name: string;
  /** The split of the line that tells it. */
  readonly split: "val" | "test";
  /** What that line calls it. */
  readonly metric: string;
  /** Its value in a summary, from the mean loss there; by default it is the mean over the seeds. */
  readonly ofLoss?: (loss: number) => number;
  /** What a summary calls its standard deviation over the seeds; left out if it is not shown. */
  readonly deviation?: string;
  /** Whether it stands in results alone and not in summaries. */
  readonly onlyResult?: boolean;
  /** Its column in the table of a terminal; left out if it has none. */
  readonly header?: string;
  /** Its column in a report; left out if it has none. */
  readonly title?: string;
  /** A mean, and its standard deviation if there is one, as a table shows them. */
  readonly text?: (mean: number, deviation: number | null) => string;
  /** What a report says below its table of what the metric is. */
  readonly note?: string;
}

/** A share in percent, such as `98.12 %`. */
export function percent(share: number, digits = 2): string {
  return `${(100 * share).toFixed(digits)} %`;
}
