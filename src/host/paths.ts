/**
 * Paths as this system writes them.
 *
 * @module
 */

import { builtinModule } from "./builtin_modules.ts";
import { isWindows } from "./system.ts";

/** What stands between the parts of a path. */
export const sep: string = isWindows ? "\\" : "/";

/** The last part of a path, without a suffix if it ends with that. */
export function basename(path: string, suffix?: string): string {
  return builtinModule("node:path").basename(path, suffix);
}

/** A path without its last part. */
export function dirname(path: string): string {
  return builtinModule("node:path").dirname(path);
}

/** Whether a path begins at a root. */
export function isAbsolute(path: string): boolean {
  return builtinModule("node:path").isAbsolute(path);
}

/** Parts as one path, without `.` and `..` where that can be. */
export function join(...parts: readonly string[]): string {
  return builtinModule("node:path").join(...parts);
}

/** Whether a path is of the form of a pattern such as `data/*.csv`. */
export function matchesGlob(path: string, pattern: string): boolean {
  return builtinModule("node:path").matchesGlob(path, pattern);
}

/** A path without `.`, `..` and doubled separators where that can be. */
export function normalize(path: string): string {
  return builtinModule("node:path").normalize(path);
}

/** The way from one path to another. */
export function relative(from: string, to: string): string {
  return builtinModule("node:path").relative(from, to);
}

/** The absolute path that parts lead to from the working directory. */
export function resolve(...parts: readonly string[]): string {
  return builtinModule("node:path").resolve(...parts);
}

/** The `file:` URL of a path. */
export function fileUrl(path: string): string {
  return builtinModule("node:url").pathToFileURL(resolve(path)).href;
}
