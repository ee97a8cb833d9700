/**
 * What the program may do.
 *
 * @module
 */

/** Whether a file may be read, found out without the prompt that trying would bring. */
export function mayRead(path: string): boolean {
  return Deno.permissions.querySync({ name: "read", path }).state === "granted";
}
