/**
 * Text tables, and numbers as they stand in them.
 *
 * @module
 */

/** A column of a table. */
export interface Column {
  readonly header: string;
  /** Text lies left; numbers, the default, lie right. */
  readonly left?: boolean;
}

/**
 * Lays out a table: a line of headers, then one line per row, every column as wide as its widest cell.
 *
 * @param rows One cell per column.
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string[] {
  const lines = [columns.map(({ header }) => header), ...rows];
  const widths = columns.map((_, i) => Math.max(...lines.map((cells) => cells[i].length)));
  return lines.map((cells) =>
    columns
      .map(({ left }, i) => left ? cells[i].padEnd(widths[i]) : cells[i].padStart(widths[i]))
      .join("  ").trimEnd()
  );
}

/** A number with three significant digits, and all digits before the point. */
export function significant(value: number): string {
  const digits = value === 0 ? 2 : 2 - Math.floor(Math.log10(Math.abs(value)));
  return value.toLocaleString("en", {
    minimumFractionDigits: Math.min(Math.max(digits, 0), 6),
    maximumFractionDigits: Math.min(Math.max(digits, 0), 6),
  });
}

/** A fraction as a percentage. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}

/** Bytes in MiB. */
export function mebibytes(bytes: number): string {
  return `${significant(bytes / (1 << 20))} MiB`;
}
