/**
 * JSON Lines: one object per line; or one array of objects, as `datasets` and pandas take it too.
 *
 * @module
 */

import { InputError } from "../../errors.ts";
import type { Column, Row, Table } from "./table.ts";

/** Rows that are looked at to learn the columns, and many more where none of them has any text. */
const sampledRows = 100;
const mostSampledRows = 100_000;
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
    let array: string[] | undefined;
    let arrayLength = 0;
    for await (const line of linesOf(pieces(), name)) {
      number++;
      if (number === 1 && line.trimStart().startsWith("[")) array = [];
      if (array === undefined) {
        if (line.trim() !== "") yield parseRow(line, number, name);
        continue;
      }
      array.push(line);
      arrayLength += line.length;
      if (arrayLength > longestLine) {
        throw new InputError(
          `Cannot read ${name}: it is one array of more than ${longestLine} characters; one JSON ` +
            "object per line is accepted at any length",
        );
      }
    }
    if (array !== undefined) yield* parseArray(array.join("\n"), name);
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
        seen++;
        const hasText = types.values().some((type) => type === "string");
        if (seen >= (hasText ? sampledRows : mostSampledRows)) break;
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
    value = parsePythonJson(line);
  } catch (error) {
    throw new InputError(
      `Cannot read ${name}: line ${number} is not JSON, one JSON object per line is accepted`,
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

function parseArray(text: string, name: string): Row[] {
  let values: unknown;
  try {
    values = parsePythonJson(text);
  } catch (error) {
    const [why] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new InputError(`Cannot read ${name}: it begins like an array and is not JSON (${why})`, {
      cause: error,
    });
  }
  const rows = values as readonly unknown[];
  const wrong = rows.findIndex((row) =>
    typeof row !== "object" || row === null || Array.isArray(row)
  );
  if (wrong < 0) return rows as Row[];
  throw new InputError(
    `Cannot read ${name}: item ${wrong} of the array is not an object, objects are accepted`,
  );
}

/** JSON as Python's library writes it: numbers that are none are in it, and become null. */
function parsePythonJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error;
    const plain = text.replace(
      /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g,
      (part) => part.startsWith('"') ? part : "null",
    );
    return JSON.parse(plain);
  }
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
