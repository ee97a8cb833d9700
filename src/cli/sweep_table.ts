/**
 * The table of a sweep as text.
 *
 * @module
 */
import { renderTable } from "../bench/table.ts";
import type { SweepRow } from "../sweep/summary.ts";

/** The lines of the table. */
export function sweepTable(rows: readonly SweepRow[]): string[] {
  const others = [...new Set(rows.flatMap(({ settings }) => Object.keys(settings)))];
  const columns = [
    { header: "bits" },
    { header: "scheme", left: true },
    ...others.map((header) => ({ header, left: true })),
    { header: "runs" },
    { header: "loss (nats/token)", left: true },
    { header: "perplexity" },
    { header: "packed kB" },
    { header: "tokens/s" },
  ];
  return renderTable(
    columns,
    rows.map((row) => [
      String(row.bits),
      row.scheme,
      ...others.map((flag) => String(row.settings[flag] ?? "")),
      String(row.seeds.length),
      lossText(row),
      row.perplexity.toFixed(2),
      (row.packed_bytes / 1000).toFixed(0),
      row.tokens_per_second.toLocaleString("en"),
    ]),
  );
}

/** Mean and standard deviation, as far as there is one. */
export function lossText({ loss, deviation }: SweepRow): string {
  return loss.toFixed(4) + (deviation === null ? "" : ` ± ${deviation.toFixed(4)}`);
}
