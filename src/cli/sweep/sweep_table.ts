/**
 * The table of a sweep as text.
 *
 * @module
 */
import { renderTable } from "../../bench/table.ts";
import type { RunFamily } from "../../runs/family.ts";
import { lossText, metricText, speedText, type SweepRow } from "../../sweep/summary.ts";

/** The lines of the table. */
export function sweepTable(rows: readonly SweepRow[], family: RunFamily): string[] {
  const others = [...new Set(rows.flatMap(({ settings }) => Object.keys(settings)))];
  const metrics = family.results.filter(({ header }) => header !== undefined);
  const columns = [
    { header: "bits" },
    { header: "scheme", left: true },
    ...others.map((header) => ({ header, left: true })),
    { header: "runs" },
    { header: `loss (nats/${family.unit})`, left: true },
    ...metrics.map(({ header, deviation }) => ({ header: header!, left: deviation !== undefined })),
    { header: "packed kB" },
    { header: `${family.unit}s/s` },
  ];
  return renderTable(
    columns,
    rows.map((row) => [
      String(row.bits),
      row.scheme,
      ...others.map((flag) => String(row.settings[flag] ?? "")),
      String(row.seeds.length),
      lossText(row),
      ...metrics.map((metric) => metricText(row, metric)),
      (row.packed_bytes / 1000).toFixed(0),
      speedText(row, family),
    ]),
  );
}
