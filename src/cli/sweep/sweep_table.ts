/**
 * The table of a sweep as text.
 *
 * @module
 */
import { renderTable } from "../../bench/table.ts";
import { accuracyText, lossText, type SweepRow } from "../../sweep/summary.ts";

/** The lines of the table. */
export function sweepTable(rows: readonly SweepRow[]): string[] {
  const others = [...new Set(rows.flatMap(({ settings }) => Object.keys(settings)))];
  const areImages = rows.some((row) => row.images_per_second !== undefined);
  const columns = [
    { header: "bits" },
    { header: "scheme", left: true },
    ...others.map((header) => ({ header, left: true })),
    { header: "runs" },
    { header: areImages ? "loss (nats/image)" : "loss (nats/token)", left: true },
    areImages ? { header: "test accuracy", left: true } : { header: "perplexity" },
    { header: "packed kB" },
    { header: areImages ? "images/s" : "tokens/s" },
  ];
  return renderTable(
    columns,
    rows.map((row) => [
      String(row.bits),
      row.scheme,
      ...others.map((flag) => String(row.settings[flag] ?? "")),
      String(row.seeds.length),
      lossText(row),
      areImages ? accuracyText(row) : row.perplexity?.toFixed(2) ?? "",
      (row.packed_bytes / 1000).toFixed(0),
      (row.tokens_per_second ?? row.images_per_second)?.toLocaleString("en") ?? "",
    ]),
  );
}
