/**
 * What a failed file operation failed of.
 *
 * @module
 */

/** Whether there is no file or folder of that name. */
export function isMissing(error: unknown): error is Error {
  return error instanceof Deno.errors.NotFound;
}

/** Whether a part of the path is a file, not a folder. */
export function isNotFolder(error: unknown): error is Error {
  return error instanceof Deno.errors.NotADirectory;
}

/** Whether the program was started without the permission; the message names its flag. */
export function isDenied(error: unknown): error is Error {
  return error instanceof Deno.errors.NotCapable;
}

/** Whether nobody reads any more what is written. */
export function isBrokenPipe(error: unknown): error is Error {
  return error instanceof Deno.errors.BrokenPipe;
}
