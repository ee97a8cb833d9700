/**
 * CSV and TSV files with the names of the columns in the first line, through `npm:csv-parse`.
 *
 * @module
 */

import { InputError } from "../../errors.ts";
import { importPackage } from "../download/npm_package.ts";
import type { Row, Table } from "./table.ts";

const parserPackage = "csv-parse@7.0.3";

/** The parts of the library that are used. */
interface CsvParse {
  parse(options: {
    readonly columns: true;
    readonly delimiter: string;
    readonly max_record_size: number;
    readonly record_delimiter: readonly string[];
    readonly skip_empty_lines: boolean;
  }): CsvParser;
}

/** A Node stream that takes text and gives rows. */
interface CsvParser extends AsyncIterable<Row> {
  write(text: string): boolean;
  end(): void;
  once(event: "drain" | "close", listener: () => void): void;
  off(event: "drain" | "close", listener: () => void): void;
  destroy(error?: Error): void;
  readonly destroyed: boolean;
}

/** A longer row is a quotation mark that is never closed, and would fill the memory. */
const longestRowBytes = 1 << 27;

/**
 * A CSV file. All values are strings.
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
    const { parse } = await importPackage<CsvParse>(parserPackage);
    const parser = parse({
      columns: true,
      delimiter,
      max_record_size: longestRowBytes,
      // Files that were put together from several have lines of several kinds.
      record_delimiter: ["\r\n", "\n"],
      skip_empty_lines: true,
    });
    const fed = feed(parser, pieces());
    // It is awaited below; if the rows are given up before, nobody is left to tell.
    fed.catch(() => {});
    try {
      yield* parser;
      await fed;
    } catch (error) {
      throw described(error, name);
    } finally {
      parser.destroy();
    }
  }
  return {
    async columns() {
      for await (const row of rows()) {
        return Object.keys(row).map((name) => ({ name, type: "string" }));
      }
      throw new InputError(`Cannot read ${name}: it has no rows under its first line`);
    },
    rows,
    rowCount: () => Promise.resolve(undefined),
  };
}

/** Writes no faster than rows are taken. */
async function feed(parser: CsvParser, pieces: AsyncIterable<string>): Promise<void> {
  try {
    for await (const piece of pieces) {
      if (parser.destroyed) return;
      if (!parser.write(piece)) await drained(parser);
    }
    parser.end();
  } catch (error) {
    parser.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

async function drained(parser: CsvParser): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  parser.once("drain", resolve);
  parser.once("close", resolve);
  await promise;
  parser.off("drain", resolve);
  parser.off("close", resolve);
}

function described(error: unknown, name: string): unknown {
  if (!(error instanceof Error) || !("code" in error)) return error;
  if (!String(error.code).startsWith("CSV_")) return error;
  const [why] = error.message.split("\n");
  return new InputError(`Cannot read ${name}: it is not CSV (${why})`, { cause: error });
}
