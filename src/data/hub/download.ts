/**
 * Files of the hub on disk: downloaded once, whole, verified.
 *
 * @module
 */

import { freeBytes } from "../../host/disk.ts";
import { rename, stat } from "../../host/files.ts";
import { dirname } from "../../host/paths.ts";
import { processId } from "../../host/process.ts";
import { WorkError } from "../../errors.ts";
import { fileError } from "../../files/file_error.ts";
import type { HubAccess } from "./access.ts";
import { hubFailure, offlineFailure } from "./failure.ts";
import type { HubFile } from "./hub_file.ts";
import { transfer } from "./transfer.ts";

/**
 * The place of a file on disk: in the cache if all of it is there, else downloaded first.
 *
 * Size and checksum are verified each time, also of files that another client downloaded. Two
 * processes that want one file share one download.
 *
 * @param access The data set.
 * @param commit The commit.
 * @param file The file.
 * @returns Its place.
 * @throws {InputError} If it may not be read, or the cache cannot be written to.
 * @throws {WorkError} If it can neither be downloaded nor taken from the cache, or the disk is full.
 */
export async function downloadFile(
  access: HubAccess,
  commit: string,
  file: HubFile,
): Promise<string> {
  const { cache, settings, signal } = access;
  const kept = await cache.find(commit, file);
  if (kept?.isIntact) return kept.path;
  if (kept !== undefined) {
    access.notice(
      `The copy of ${file.path} of ${access.name} in ${kept.path} is damaged` +
        (settings.offline ? "" : ", it is downloaded again"),
    );
  }
  if (settings.offline) throw offlineFailure(access, file.path);
  const onWait = () => access.notice(`Waiting for another process that downloads ${file.path}`);
  using lock = await cache.lock(file, onWait, signal);
  const meanwhile = await cache.find(commit, file);
  if (meanwhile?.isIntact) return meanwhile.path;

  const path = cache.blobPath(file);
  // Only a lock makes it safe to go on with what another process began.
  const partial = lock.exclusive ? `${path}.incomplete` : `${path}.${processId}.incomplete`;
  await assertRoom(access, file, partial);
  try {
    await transfer(access, commit, file, partial);
  } catch (error) {
    signal?.throwIfAborted();
    throw hubFailure(access, `download ${file.path} of ${access.name}`, error);
  }
  try {
    await rename(partial, path);
  } catch (error) {
    throw fileError("write", path, error);
  }
  await cache.link(commit, file);
  return path;
}

/**
 * Downloads several files, one after the other.
 *
 * @returns Their places, in their order.
 * @throws {InputError} If one may not be read, or the cache cannot be written to.
 * @throws {WorkError} If one can neither be downloaded nor taken from the cache; the message says how
 * many are there.
 */
export async function downloadFiles(
  access: HubAccess,
  commit: string,
  files: readonly HubFile[],
): Promise<string[]> {
  const missing = await missingFiles(access, commit, files);
  if (missing.length > 0 && !access.settings.offline) {
    const count = missing.length === 1 ? missing[0].path : `${missing.length} files`;
    access.notice(`Downloading ${count} of ${access.name}, ${sizeOf(missing)}`);
  }
  const paths: string[] = [];
  for (const file of files) {
    try {
      paths.push(await downloadFile(access, commit, file));
    } catch (error) {
      if (!(error instanceof WorkError) || error.message.startsWith("Cannot write")) throw error;
      const missing = await missingFiles(access, commit, files);
      throw new WorkError(
        `${error.message}; ${files.length - missing.length} of ${files.length} files are in the ` +
          `cache, the same command with a network gets the rest (${sizeOf(missing)})`,
        { cause: error },
      );
    }
  }
  return paths;
}

/** The files of which the cache seems to have nothing, by their sizes alone. */
export async function missingFiles(
  access: HubAccess,
  commit: string,
  files: readonly HubFile[],
): Promise<HubFile[]> {
  const missing: HubFile[] = [];
  for (const file of files) {
    if (await access.cache.seemingPlace(commit, file) === undefined) missing.push(file);
  }
  return missing;
}

/** A size that the disk has no room for, or that is a lie, is refused before the first byte. */
async function assertRoom(access: HubAccess, file: HubFile, partial: string): Promise<void> {
  const folder = dirname(partial);
  const free = await freeBytes(folder);
  const done = (await stat(partial).catch(() => undefined))?.size ?? 0;
  if (free === undefined || file.bytes - done <= free) return;
  throw new WorkError(
    `Cannot download ${file.path} of ${access.name}: it has ${
      sizeOf([file])
    }, and on the disk of ` +
      `${folder} there is room for ${megabytes(free)}, free some space`,
  );
}

function sizeOf(files: readonly HubFile[]): string {
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total === 0) return "of unknown size";
  return total < 1e6 ? `${(total / 1e3).toFixed(1)} kB` : megabytes(total);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
