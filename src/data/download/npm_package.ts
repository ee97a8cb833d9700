/**
 * Libraries from npm that only some work needs.
 *
 * @module
 */

import { WorkError } from "../../errors.ts";

/**
 * Loads a library, which Deno downloads the first time and keeps.
 *
 * Callers compute nothing else: because the name is an argument, no library is downloaded before it
 * is needed.
 *
 * @param name The package with its exact version, such as `yaml@2.9.1`, and a path in it if need be.
 * @returns The module. Its type is the caller's to state.
 * @throws {WorkError} If it can neither be downloaded nor taken from Deno's cache.
 */
export async function importPackage<M>(name: string): Promise<M> {
  try {
    return await import(`npm:${name}`);
  } catch (error) {
    const [line] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new WorkError(
      `Cannot load npm:${name}: ${line}; Deno keeps it once it was loaded with a network`,
      { cause: error },
    );
  }
}
