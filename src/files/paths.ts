/**
 * Where a path that a user typed leads, and where downloads are kept.
 *
 * @module
 */

import { isAbsolute, join, resolve } from "node:path";
import { environmentVariable } from "./environment.ts";

/**
 * The absolute form of a path as the user means it: relative to the folder the command was typed in.
 *
 * `deno task` changes into the folder of `deno.json` and leaves the original one in `INIT_CWD`.
 *
 * @param path A path from the command line or a configuration file.
 * @returns The absolute path.
 */
export function resolveUserPath(path: string): string {
  return resolve(environmentVariable("INIT_CWD") ?? "", path);
}

/**
 * The folder for downloads that are worth keeping: `BITTEXT_CACHE`, else `bittext` in the user's
 * cache folder (`XDG_CACHE_HOME`, `LOCALAPPDATA` on Windows, or `~/.cache`).
 *
 * @returns The absolute path, which need not exist yet, or `undefined` where no place is known.
 */
export function cacheDirectory(): string | undefined {
  const chosen = environmentVariable("BITTEXT_CACHE");
  if (chosen !== undefined) return resolveUserPath(chosen);
  const shared = environmentVariable("XDG_CACHE_HOME");
  // The XDG specification says that a relative path is invalid and to be ignored.
  if (shared !== undefined && isAbsolute(shared)) return join(shared, "bittext");
  const local = Deno.build.os === "windows" ? environmentVariable("LOCALAPPDATA") : undefined;
  if (local !== undefined) return join(local, "bittext");
  const home = environmentVariable("HOME");
  return home === undefined ? undefined : join(home, ".cache", "bittext");
}
