/**
 * JSON Lines: one object per line.
 *
 * @module
 */

import { InputError } from "../../errors.ts";
import type { Column, Row, Table } from "./table.ts";

/** Rows that are looked at to learn the columns. */
const sampledRows = 100;
/** A longer line is no row, and would fill the memory. */
const longestLine = 1 << 28;

/**
 * A file of JSON Lines.
 *
 * @param pieces Gives its text piece by piece, from the beginning each time.
 * @param name What to call it in an error.
 */
export function jsonLinesTable(pieces: () => AsyncIterable<string>, name: string): Table {
  async function* rows(): AsyncGenerator<Row> {
    let number = 0;
    for await (const line of linesOf(pieces(), name)) {
      number++;
      if (line.trim() !== "") yield parseRow(line, number, name);
    }
  }
  return {
    async columns() {
      const types = new Map<string, string>();
      let seen = 0;
      for await (const row of rows()) {
        for (const [column, value] of Object.entries(row)) {
          const known = types.get(column) ?? "null";
          if (known === "null") types.set(column, typeOf(value));
          else if (value !== null && known !== typeOf(value)) types.set(column, "mixed");
        }
        if (++seen === sampledRows) break;
      }
      return [...types].map(([name, type]): Column => ({ name, type }));
    },
    rows,
    rowCount: () => Promise.resolve(undefined),
  };
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "list" : typeof value === "object" ? "struct" : typeof value;
}

function parseRow(line: string, number: number, name: string): Row {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    const isArray = number === 1 && line.trimStart().startsWith("[");
    throw new InputError(
      `Cannot read ${name}: line ${number} is not JSON` +
        (isArray ? " by itself, as the file is one array" : "") +
        ", one JSON object per line is accepted",
      { cause: error },
    );
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InputError(
      `Cannot read ${name}: line ${number} is not an object, one JSON object per line is accepted`,
    );
  }
  return value as Row;
}

async function* linesOf(pieces: AsyncIterable<string>, name: string): AsyncGenerator<string> {
  let parts: string[] = [];
  let length = 0;
  for await (const piece of pieces) {
    const lines = piece.split("\n");
    const last = lines.pop() ?? "";
    for (const line of lines) {
      yield parts.length === 0 ? line : parts.join("") + line;
      parts = [];
      length = 0;
    }
    if (last !== "") parts.push(last);
    length += last.length;
    if (length > longestLine) {
      throw new InputError(
        `Cannot read ${name}: a line is longer than ${longestLine} characters, one JSON object per ` +
          "line is accepted",
      );
    }
  }
  if (parts.length > 0) yield parts.join("");
}
