/**
 * JSON as it comes from files.
 *
 * @module
 */

import { InputError } from "../errors.ts";

/**
 * The value in the text of a file.
 *
 * @param source What to call the file in an error.
 * @throws {InputError} If it is not JSON.
 */
export function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError(
      `Cannot read ${source}: it is not JSON (${error instanceof Error ? error.message : error})`,
    );
  }
}
