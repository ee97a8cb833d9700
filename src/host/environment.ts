/**
 * Environment variables that may be denied.
 *
 * @module
 */

/**
 * The value of an environment variable, or `undefined` where it is unset, empty, or may not be read.
 *
 * The permission is queried first, so a program started without it is never interrupted by a prompt.
 *
 * @param name Name of the variable.
 * @returns Its value, never an empty string.
 */
export function environmentVariable(name: string): string | undefined {
  if (Deno.permissions.querySync({ name: "env", variable: name }).state !== "granted") {
    return undefined;
  }
  return Deno.env.get(name) || undefined;
}
