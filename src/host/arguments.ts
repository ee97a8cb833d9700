/**
 * What the program was started with.
 *
 * @module
 */

import { builtinModule } from "./builtin_modules.ts";

/** Divides the words of a command line into flags, their values, and the rest. */
export const parseArgs: typeof import("node:util").parseArgs = (config) =>
  builtinModule("node:util").parseArgs(config);

/** The words behind the name of the program. */
export const programArguments: readonly string[] = Deno.args;
