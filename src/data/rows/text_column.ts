/**
 * Which column of a table holds the text.
 *
 * @module
 */

import { InputError, OptionError, optionName } from "../../errors.ts";
import { nearestName } from "../../nearest_name.ts";
import type { Column } from "./table.ts";

const defaultColumn = "text";

/**
 * The column that `--text-column` names; by default `text`, else the only column of strings.
 *
 * @param columns All columns.
 * @param asked The name that was asked for.
 * @param source What to call the data in an error.
 * @returns The column's name.
 * @throws {InputError} If there is no such column, or it is not clear which is meant.
 */
export function textColumn(
  columns: readonly Column[],
  asked: string | undefined,
  source: string,
): string {
  const names = columns.map(({ name }) => name);
  const described = columns.map(({ name, type }) => `${name} (${type})`).join(", ");
  if (asked !== undefined) {
    if (names.includes(asked)) return asked;
    const nearest = nearestName(asked, names);
    const suggestion = nearest === undefined ? "" : `did you mean ${nearest}? `;
    throw new InputError(
      `Cannot use the text column ${asked} of ${source}: there is no such column, ${suggestion}` +
        `its columns are ${described}`,
    );
  }
  if (names.includes(defaultColumn)) return defaultColumn;
  const strings = columns.filter(({ type }) => type === "string");
  if (strings.length === 1) return strings[0].name;
  throw new OptionError(
    `Cannot tell which column of ${source} is the text: name it with ${
      optionName("textColumn")
    }, ` +
      `its columns are ${described}`,
  );
}
