/**
 * Standard input, line by line.
 *
 * @module
 */

import { createInterface } from "node:readline";
import { stdin } from "node:process";

/** The lines of standard input, until it ends. */
export function inputLines(): AsyncIterable<string> {
  return createInterface({ input: stdin });
}
