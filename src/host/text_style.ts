/**
 * Colors and weights of text on a terminal.
 *
 * @module
 */

import { builtinModule } from "./builtin_modules.ts";

/** Text in a format, such as `bold` or `red`. */
export const styleText: typeof import("node:util").styleText = (...style) =>
  builtinModule("node:util").styleText(...style);
