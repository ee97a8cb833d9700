/**
 * What an operating system's file error means to the user, in one line.
 *
 * @module
 */

import { isDenied } from "../host/file_failures.ts";
import { InputError, WorkError } from "../errors.ts";

/** Errors the user mends by naming another path or granting a permission. */
const inputCauses: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOENT: "no such file or folder",
  ENOTDIR: "a part of the path is a file, not a folder",
  EISDIR: "it is a folder, not a file",
  EEXIST: "it already exists",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "too many symbolic links",
};

/** Errors that can hit in the middle of good work. */
const workCauses: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full, free some space",
  EDQUOT: "the disk quota is used up, free some space",
  EFBIG: "the file would be larger than the system allows",
  EIO: "the disk reports an input/output error",
  EMFILE: "too many files are open",
};

/**
 * The error a user is shown for a failed file operation: `Cannot <action> <path>: <cause>`.
 *
 * @param action What was tried, such as `read` or `write`.
 * @param path The path as the user knows it.
 * @param error What Deno threw.
 * @returns An `InputError` where another path or permission would help, a `WorkError` where the
 * system failed, and `error` itself if it is one of these already.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { fileError } from "./file_error.ts";
 *
 * try {
 *   Deno.readFileSync("no/such/file");
 * } catch (error) {
 *   const { message } = fileError("read", "no/such/file", error);
 *   assert.equal(message, "Cannot read no/such/file: no such file or folder");
 * }
 * ```
 */
export function fileError(action: string, path: string, error: unknown): InputError | WorkError {
  if (error instanceof InputError || error instanceof WorkError) return error;
  const prefix = `Cannot ${action} ${path}: `;
  if (isDenied(error)) {
    const permission = error.message.match(/--allow-[a-z]+/)?.[0] ?? "--allow-read --allow-write";
    return new InputError(`${prefix}Deno may not, run it with ${permission}`, { cause: error });
  }
  const code = systemCode(error);
  const inputCause = inputCauses[code];
  if (inputCause !== undefined) return new InputError(prefix + inputCause, { cause: error });
  const detail = error instanceof Error ? error.message : String(error);
  return new WorkError(prefix + (workCauses[code] ?? detail.split("\n")[0]), { cause: error });
}

function systemCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
