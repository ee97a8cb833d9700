/**
 * Where downloads are kept.
 *
 * @module
 */

import { environmentVariable } from "../host/environment.ts";
import { isAbsolute, join, resolve } from "../host/paths.ts";
import { isWindows } from "../host/system.ts";

/**
 * The folder for downloads that are worth keeping: `BITTEXT_CACHE`, else `bittext` in the user's
 * cache folder (`XDG_CACHE_HOME`, `LOCALAPPDATA` on Windows, or `~/.cache`).
 *
 * @returns The absolute path, which need not exist yet, or `undefined` where no place is known.
 */
export function cacheDirectory(): string | undefined {
  const chosen = environmentVariable("BITTEXT_CACHE");
  if (chosen !== undefined) return resolve(chosen);
  const shared = environmentVariable("XDG_CACHE_HOME");
  // The XDG specification says that a relative path is invalid and to be ignored.
  if (shared !== undefined && isAbsolute(shared)) return join(shared, "bittext");
  const local = isWindows ? environmentVariable("LOCALAPPDATA") : undefined;
  if (local !== undefined) return join(local, "bittext");
  const home = environmentVariable("HOME");
  return home === undefined ? undefined : join(home, ".cache", "bittext");
}
