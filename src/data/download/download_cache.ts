/**
 * Files that are downloaded once and kept in the user's cache.
 *
 * @module
 */

import { readFile } from "../../host/files.ts";
import { join } from "../../host/paths.ts";
import { writeFileAtomic } from "../../files/atomic.ts";
import { cacheDirectory } from "../../files/cache_directory.ts";
import { sha256Hex } from "../../files/sha256.ts";
import { download } from "./download.ts";
import type { TextOptions } from "../text/text_source.ts";

/** A file that is known beforehand. */
export interface KnownFile {
  /** What to call it in a notice. */
  readonly title: string;
  /** Its name in the cache. */
  readonly fileName: string;
  /** Where it is. */
  readonly url: string;
  /** Its exact size. */
  readonly bytes: number;
  /** Its SHA-256, in hexadecimal digits. */
  readonly sha256: string;
}

/**
 * The content of a file: from the cache if an undamaged copy is there, else downloaded and kept.
 *
 * A cache that cannot be read or written is not an error, it only costs a download each time.
 *
 * @param file What to get.
 * @param options Where the cache is, and where to tell what happens.
 * @returns Its bytes, which have the size and checksum that were asked for.
 * @throws {WorkError} If it is not in the cache and cannot be downloaded.
 */
export async function downloadOnce(
  file: KnownFile,
  options: TextOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const { cacheDir = cacheDirectory(), onNotice, signal, url = file.url, patienceMs } = options;
  const path = cacheDir === undefined ? undefined : join(cacheDir, file.fileName);
  if (path !== undefined) {
    const kept = await readIfThere(path);
    if (kept !== undefined) {
      if (await sha256Hex(kept) === file.sha256) return kept;
      onNotice?.(`The copy of ${file.title} in ${path} is damaged, it is downloaded again`);
    }
  }
  const bytes = await download({ ...file, url, patienceMs, signal });
  if (path !== undefined) {
    try {
      await writeFileAtomic(path, bytes);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      onNotice?.(`${why}; ${file.title} will be downloaded again next time`);
    }
  }
  return bytes;
}

async function readIfThere(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await readFile(path);
  } catch {
    return undefined;
  }
}
