/**
 * CSV and TSV files with the names of the columns in the first line.
 *
 * @module
 */

import { csvRecords } from "./csv_rows.ts";
import type { Row, Table } from "./table.ts";

/**
 * A CSV file. All values are strings; what a short row lacks is null, and what a long one has too many is in no column.
 * Columns are named as pandas names them: a second `text` is `text.1`, one without a name `Unnamed: 2`.
 *
 * @param pieces Gives its text piece by piece, from the beginning each time.
 * @param name What to call it in an error.
 * @param delimiter What stands between two values.
 */
export function csvTable(
  pieces: () => AsyncIterable<string>,
  name: string,
  delimiter: "," | "\t",
): Table {
  async function* rows(): AsyncGenerator<Row> {
    let columns: readonly string[] | undefined;
    for await (const values of csvRecords(pieces(), delimiter, name)) {
      if (columns === undefined) columns = columnNames(values);
      else yield Object.fromEntries(columns.map((column, i) => [column, values[i] ?? null]));
    }
  }
  return {
    async columns() {
      for await (const values of csvRecords(pieces(), delimiter, name)) {
        return columnNames(values).map((name) => ({ name, type: "string" }));
      }
      return [];
    },
    rows,
    rowCount: () => Promise.resolve(undefined),
  };
}

function columnNames(header: readonly string[]): string[] {
  const names: string[] = [];
  const taken = new Set(header);
  for (const [place, stated] of header.entries()) {
    const wanted = stated === "" ? `Unnamed: ${place}` : stated;
    let name = wanted;
    for (let count = 1; names.includes(name) || name !== stated && taken.has(name); count++) {
      name = `${wanted}.${count}`;
    }
    names.push(name);
  }
  return names;
}
