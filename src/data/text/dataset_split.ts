/**
 * One split of a data set: files of rows or of running text, read one after the other.
 *
 * @module
 */

import { InputError } from "../../errors.ts";
import { type ByteSource, chunksOf } from "../../files/byte_source.ts";
import { gunzipped } from "../../files/gunzip.ts";
import type { FileFormat } from "../rows/data_format.ts";
import type { Column, Row, Table } from "../rows/table.ts";
import { textColumn } from "../rows/text_column.ts";
import { utf8Pieces } from "../rows/utf8_pieces.ts";

/** A file of a split. */
export interface DataFile {
  /** Its path on disk or in its repository. */
  readonly path: string;
  /** Its size. */
  readonly bytes: number;
  /**
   * Its checksum, after the kind of checksum it is: `sha256:…` or `git-sha1:…`. The hub states it; a
   * file on disk is read for it.
   */
  digest(): Promise<string>;
}

/** A file of a split and how to read it. */
export interface SplitPart {
  /** What it is. */
  readonly file: DataFile;
  /** How its content is written. */
  readonly format: FileFormat;
  /** Makes it readable, which may take a download. */
  open(): Promise<ByteSource>;
}

/**
 * Files that belong together, read in their order. Only what is being read is in memory, and nothing
 * is downloaded before it is read.
 */
export class DatasetSplit {
  /**
   * What it is called: `train`, `validation`, `test` or anything; `all` where the data has no splits
   * of its own.
   */
  readonly name: string;
  /** What the data is called in a message. */
  readonly source: string;
  /** Its files. */
  readonly files: readonly DataFile[];
  /**
   * Whether it is running text, whose pieces mean nothing by themselves; else it is rows, each a
   * document of its own.
   */
  readonly isContinuous: boolean;
  readonly #parts: readonly SplitPart[];
  readonly #opened = new Map<SplitPart, Promise<ByteSource>>();

  /**
   * Files that belong together.
   *
   * @param name What it is called.
   * @param source What the data is called in a message.
   * @param parts Its files.
   * @throws {InputError} If files of rows and of running text are mixed.
   */
  constructor(name: string, source: string, parts: readonly SplitPart[]) {
    this.name = name;
    this.source = source;
    this.files = parts.map(({ file }) => file);
    this.#parts = parts;
    const kinds = parts.map(({ format: { format } }) => format === "text");
    this.isContinuous = kinds[0];
    if (kinds.includes(!kinds[0])) {
      throw new InputError(
        `Cannot read ${source}: its split ${name} has files of rows beside files of running text`,
      );
    }
  }

  /** Size of its files. */
  get bytes(): number {
    return this.files.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * Its columns, those of the first file that has any; none if it is running text.
   *
   * @throws {InputError} If that file is damaged, or no file has any.
   */
  async columns(): Promise<readonly Column[]> {
    if (this.isContinuous) return [];
    for (const part of this.#parts) {
      const columns = await (await this.#table(part)).columns();
      if (columns.length > 0) return columns;
    }
    throw new InputError(`Cannot read ${this.source}: its split ${this.name} has no rows`);
  }

  /** How many rows it has; undefined where only reading them all would tell. */
  async rowCount(): Promise<number | undefined> {
    if (this.isContinuous) return undefined;
    let count = 0;
    for (const part of this.#parts) {
      const rows = await (await this.#table(part)).rowCount();
      if (rows === undefined) return undefined;
      count += rows;
    }
    return count;
  }

  /**
   * Its rows. Images and other bytes are `Uint8Array`, 64-bit integers `bigint`.
   *
   * @param columns Names of the columns that are wanted; by default all. A row has no value where its file lacks one.
   * @throws {InputError} If it is running text, no row has one of the columns, or a file is damaged.
   */
  async *rows(columns?: readonly string[]): AsyncGenerator<Row> {
    if (this.isContinuous) {
      throw new InputError(`Cannot read rows of ${this.source}: it is running text`);
    }
    const missing = new Set(columns);
    for (const part of this.#parts) {
      const table = await this.#table(part);
      // A file of parquet cannot be asked for what it has not.
      const known = new Set((await table.columns()).map(({ name }) => name));
      const wanted = part.format.format === "parquet"
        ? columns?.filter((name) => known.has(name))
        : columns;
      if (wanted?.length === 0) continue;
      for await (const row of table.rows(wanted)) {
        for (const name of missing) if (Object.hasOwn(row, name)) missing.delete(name);
        yield row;
      }
    }
    // Columns may come late, so only the end tells which never did.
    for (const name of missing) textColumn(await this.columns(), name, this.source);
  }

  /**
   * Its text: one string per row, or pieces of any length of running text. Rows without a value are
   * left out.
   *
   * @param column Name of the column of the text; by default `text`, else the only one of strings.
   * @throws {InputError} If there is no such column, it holds anything but text, or a file is damaged.
   */
  async *texts(column?: string): AsyncGenerator<string> {
    if (!this.isContinuous) {
      const chosen = column ?? textColumn(await this.columns(), undefined, this.source);
      for await (const row of this.rows([chosen])) {
        const text = textOf(row[chosen], chosen, this.source);
        if (text !== undefined) yield text;
      }
      return;
    }
    if (column !== undefined) {
      throw new InputError(
        `Cannot use the text column ${column} of ${this.source}: it is running text, without columns`,
      );
    }
    let endsLine = true;
    for (const part of this.#parts) {
      let isFirst = true;
      for await (const piece of this.#pieces(part, await this.#open(part))) {
        // Each file begins on a line of its own.
        if (isFirst && !endsLine) yield "\n";
        isFirst = false;
        endsLine = piece.endsWith("\n");
        yield piece;
      }
    }
  }

  async #table(part: SplitPart): Promise<Table> {
    const source = await this.#open(part);
    const { format } = part.format;
    if (format === "parquet") {
      const { parquetTable } = await import("../rows/parquet_table.ts");
      return parquetTable(source);
    }
    const pieces = () => this.#pieces(part, source);
    if (format === "jsonl") {
      const { jsonLinesTable } = await import("../rows/json_lines_table.ts");
      return jsonLinesTable(pieces, source.name);
    }
    const { csvTable } = await import("../rows/csv_table.ts");
    return csvTable(pieces, source.name, format === "tsv" ? "\t" : ",");
  }

  #pieces({ format }: SplitPart, source: ByteSource): AsyncGenerator<string> {
    const chunks = chunksOf(source);
    return utf8Pieces(format.gzip ? gunzipped(chunks, source.name) : chunks, source.name);
  }

  /** Once per split: a file of the hub is verified each time it is opened. */
  async #open(part: SplitPart): Promise<ByteSource> {
    const opened = this.#opened.get(part) ?? part.open();
    this.#opened.set(part, opened);
    try {
      return await opened;
    } catch (error) {
      this.#opened.delete(part);
      throw error;
    }
  }
}

function textOf(value: unknown, column: string, source: string): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  throw new InputError(
    `Cannot use the text column ${column} of ${source}: it holds values of type ${typeof value}, ` +
      "text is accepted",
  );
}
