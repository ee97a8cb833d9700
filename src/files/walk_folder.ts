/**
 * All files below a folder.
 *
 * @module
 */

import { readFolder, stat } from "../host/files.ts";
import { join } from "../host/paths.ts";
import { fileError } from "./file_error.ts";

/** A file below a folder. */
export interface FoundFile {
  /** Relative to the folder, with forward slashes. */
  readonly path: string;
  /** Where it is. */
  readonly place: string;
}

/**
 * Every file below a folder, in the order of their paths. Links are followed, to folders too, but for those that lead
 * back to a folder they are in. Hidden files and folders are passed over.
 *
 * @throws {InputError} If a folder cannot be read.
 */
export async function walkFolder(folder: string): Promise<FoundFile[]> {
  const files: FoundFile[] = [];
  await visit(folder, "", [], files);
  return files.sort((a, b) => a.path < b.path ? -1 : 1);
}

async function visit(
  folder: string,
  prefix: string,
  above: readonly string[],
  files: FoundFile[],
): Promise<void> {
  const { dev, ino } = await attempt(folder, () => stat(folder));
  const self = `${dev}:${ino ?? folder}`;
  if (above.includes(self)) return;
  const entries = await attempt(folder, () => Array.fromAsync(readFolder(folder)));
  for (const { name, isDirectory, isSymlink } of entries) {
    if (name.startsWith(".")) continue;
    const place = join(folder, name);
    const isFolder = isDirectory ||
      isSymlink && (await attempt(place, () => stat(place))).isDirectory;
    if (isFolder) await visit(place, `${prefix}${name}/`, [...above, self], files);
    else files.push({ path: prefix + name, place });
  }
}

async function attempt<T>(path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw fileError("read", path, error);
  }
}
