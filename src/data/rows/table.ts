/**
 * Rows with named columns, whatever kind of file they are in.
 *
 * @module
 */

/** A row: values by the names of their columns. */
export type Row = Readonly<Record<string, unknown>>;

/** What is known about a column. */
export interface Column {
  /** Its name. */
  readonly name: string;
  /** What its values are: `string`, `binary`, `int64`, `struct` and so on. */
  readonly type: string;
}

/** A file of rows. Nothing of it is held in memory but what is being read. */
export interface Table {
  /**
   * Its columns.
   *
   * @throws {InputError} If the file is damaged.
   */
  columns(): Promise<readonly Column[]>;
  /**
   * Its rows, in order.
   *
   * @param columns Names of the columns that are wanted; by default all.
   * @throws {InputError} If the file is damaged.
   */
  rows(columns?: readonly string[]): AsyncIterable<Row>;
  /** How many rows it has, where that is known without reading them all. */
  rowCount(): Promise<number | undefined>;
}
