/**
 * What the program was started with.
 *
 * @module
 */

export { parseArgs } from "node:util";

/** The words behind the name of the program. */
export const programArguments: readonly string[] = Deno.args;
