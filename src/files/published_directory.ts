/**
 * Folders that several processes may make at the same time, each complete or absent.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import { WorkError } from "../errors.ts";
import { fileError } from "./file_error.ts";

/** Held by the process that fills a temporary folder; its end, however it comes, gives it free. */
const LOCK_FILE = "lock";
const TEMPORARY = /^\..+\.tmp$/;
/** A temporary folder without a lock is left alone for so long: it may have been made just now. */
const GRACE_MS = 3_600_000;
const ATTEMPTS = 5;

/**
 * Writes a folder beside its place and renames it in. If another process was faster, what it made stays, and what
 * was written here is thrown away.
 *
 * Temporary folders beside it that killed processes left are removed.
 *
 * @param path The folder.
 * @param write Fills the temporary folder it is given; the files it writes should be synced.
 * @param isWhole Whether the folder that is at `path` is good; one that is not is replaced.
 * @throws {InputError} If `path` cannot be written to.
 * @throws {WorkError} If the disk is full or failing. Errors of `write` pass unchanged; in every case the temporary
 * folder is removed.
 */
export async function publishDirectory(
  path: string,
  write: (temporaryDirectory: string) => Promise<void>,
  isWhole: (path: string) => Promise<boolean>,
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${crypto.randomUUID()}.tmp`);
  const attempt = async <T>(operation: () => Promise<T>): Promise<T> => {
    try {
      return await operation();
    } catch (error) {
      throw fileError("write", path, error);
    }
  };
  try {
    const lock = await attempt(async () => {
      await Deno.mkdir(temporary, { recursive: true });
      return await lockFolder(temporary);
    });
    try {
      await removeAbandoned(dirname(path));
      await write(temporary);
    } finally {
      lock.close();
    }
    await attempt(() => Deno.remove(join(temporary, LOCK_FILE)));
    await attempt(() => moveIn(temporary, path, isWhole));
  } finally {
    await Deno.remove(temporary, { recursive: true }).catch(() => {});
  }
}

async function lockFolder(folder: string): Promise<Deno.FsFile> {
  const lock = await Deno.open(join(folder, LOCK_FILE), { write: true, create: true });
  // Where the file system has no locks, the folder counts as abandoned when it is old.
  await lock.tryLock(true).catch(() => {});
  return lock;
}

async function moveIn(
  temporary: string,
  path: string,
  isWhole: (path: string) => Promise<boolean>,
): Promise<void> {
  for (let attempt = 1;; attempt++) {
    try {
      return await Deno.rename(temporary, path);
    } catch (error) {
      if (!await isThere(path)) throw error;
      if (await isWhole(path)) return;
      if (attempt === ATTEMPTS) {
        throw new WorkError(`Cannot write ${path}: it is damaged each time`);
      }
    }
    // Renamed first: a folder that is being removed must not look like one.
    const doomed = join(dirname(path), `.${basename(path)}.${crypto.randomUUID()}.tmp`);
    await Deno.rename(path, doomed).catch(() => {});
    await Deno.remove(doomed, { recursive: true }).catch(() => {});
  }
}

/** Removes temporary folders whose processes have ended. */
async function removeAbandoned(parent: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(parent)) {
    if (!isDirectory || !TEMPORARY.test(name)) continue;
    const folder = join(parent, name);
    if (await isAbandoned(folder).catch(() => false)) {
      await Deno.remove(folder, { recursive: true }).catch(() => {});
    }
  }
}

async function isAbandoned(folder: string): Promise<boolean> {
  try {
    using lock = await Deno.open(join(folder, LOCK_FILE), { write: true });
    return await lock.tryLock(true);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    const { mtime } = await Deno.stat(folder);
    return mtime !== null && Date.now() - mtime.getTime() > GRACE_MS;
  }
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}
