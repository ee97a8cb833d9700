/**
 * Records of CSV, by the rules of Python's `csv`: whatever is no quotation as it should be is taken as it stands.
 *
 * A quotation begins with a field and ends with a quotation mark that is not doubled; marks elsewhere, and what follows a
 * quotation before the next delimiter, are text. `\n`, `\r\n` and `\r` end a record. A quotation that is never closed ends
 * with the file.
 *
 * @module
 */

import { InputError } from "../../errors.ts";

/** A longer record is a quotation mark that is never closed, and would fill the memory. */
const LONGEST_RECORD = 1 << 27;

/** What may stand next. */
const enum State {
  Field,
  Text,
  Quoted,
  AfterMark,
}

/**
 * The records of a text; empty lines are none.
 *
 * @param pieces The text, piece by piece.
 * @param delimiter What stands between two fields, one character.
 * @param name What to call it in an error.
 * @throws {InputError} If a record is longer than anything a table has.
 */
export async function* csvRecords(
  pieces: AsyncIterable<string>,
  delimiter: string,
  name: string,
): AsyncGenerator<string[]> {
  const ends = new RegExp(`[${delimiter}\\n\\r]`, "g");
  let state = State.Field;
  let fields: string[] = [];
  let field = "";
  let length = 0;
  let line = 1;
  let recordLine = 1;
  let endsWithReturn = false;
  for await (const piece of pieces) {
    let at = 0;
    // The second half of a line's end that two pieces share.
    if (endsWithReturn && piece.startsWith("\n") && state !== State.Quoted) at = 1;
    endsWithReturn = piece === "" ? endsWithReturn : piece.endsWith("\r");
    while (at < piece.length) {
      if (state === State.Quoted) {
        const mark = piece.indexOf('"', at);
        const end = mark < 0 ? piece.length : mark;
        field += piece.slice(at, end);
        line += newLines(piece, at, end);
        length += end - at;
        if (mark >= 0) state = State.AfterMark;
        at = end + 1;
      } else if (state === State.AfterMark && piece[at] === '"') {
        field += '"';
        state = State.Quoted;
        at++;
      } else if (state === State.Field && piece[at] === '"') {
        state = State.Quoted;
        at++;
      } else {
        ends.lastIndex = at;
        const end = ends.exec(piece)?.index ?? piece.length;
        field += piece.slice(at, end);
        length += end - at;
        if (end > at || state === State.AfterMark) state = State.Text;
        at = end + 1;
        if (end === piece.length) break;
        if (piece[end] === delimiter) {
          fields.push(field);
          [field, state] = ["", State.Field];
          continue;
        }
        if (piece[end] === "\r" && piece[at] === "\n") at++;
        line++;
        if (fields.length > 0 || field !== "" || state === State.Text) {
          fields.push(field);
          yield fields;
        }
        [fields, field, state] = [[], "", State.Field];
        [length, recordLine] = [0, line];
      }
      if (length > LONGEST_RECORD) {
        throw new InputError(
          `Cannot read ${name}: the record that begins at line ${recordLine} is longer than ` +
            `${LONGEST_RECORD} characters, as if a quotation mark in it were never closed`,
        );
      }
    }
  }
  if (fields.length > 0 || field !== "" || state !== State.Field) yield [...fields, field];
}

function newLines(text: string, start: number, end: number): number {
  let count = 0;
  for (let at = text.indexOf("\n", start); at >= 0 && at < end; at = text.indexOf("\n", at + 1)) {
    count++;
  }
  return count;
}
