/**
 * Folders that several processes may make at the same time, each complete or absent.
 *
 * @module
 */

import { isMissing } from "../host/file_failures.ts";
import {
  isTaken,
  makeFolder,
  readFolder,
  remove,
  removeTree,
  rename,
  stat,
} from "../host/files.ts";
import { type OpenFile, openFile } from "../host/open_file.ts";
import { basename, dirname, join } from "../host/paths.ts";
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
  const attempt = async <T>(operation: () => Promise<T>): Promise<T> => {
    try {
      return await operation();
    } catch (error) {
      throw fileError("write", path, error);
    }
  };
  const { temporary, lock } = await attempt(() => makeTemporary(path));
  try {
    try {
      await removeAbandoned(dirname(path));
      await write(temporary);
      // Still locked: without either lock or lock file only an old folder counts as abandoned.
      await attempt(() => remove(join(temporary, LOCK_FILE)));
    } finally {
      lock.close();
    }
    await attempt(() => moveIn(temporary, path, isWhole));
  } finally {
    await removeTree(temporary).catch(() => {});
  }
}

/** A name beside a path that no other process has. */
function besides(path: string): string {
  return join(dirname(path), `.${basename(path)}.${crypto.randomUUID()}.tmp`);
}

async function makeTemporary(path: string): Promise<{ temporary: string; lock: OpenFile }> {
  for (;;) {
    const temporary = besides(path);
    await makeFolder(temporary);
    const lockPath = join(temporary, LOCK_FILE);
    const lock = await openFile(lockPath, { write: true, create: true });
    // Where the file system has no locks, nobody can take the folder for abandoned either.
    const isLocked = await lock.tryLock(true).catch(() => true);
    // Between its making and its locking another process may have found it abandoned.
    if (isLocked && await isTaken(lockPath)) return { temporary, lock };
    lock.close();
  }
}

async function moveIn(
  temporary: string,
  path: string,
  isWhole: (path: string) => Promise<boolean>,
): Promise<void> {
  let failure: unknown;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      return await rename(temporary, path);
    } catch (error) {
      failure = error;
    }
    // If it is gone by now, another process is about to replace it.
    if (!await isTaken(path)) continue;
    if (await isWhole(path)) return;
    // Renamed first: a folder that is being removed must not look like one.
    const doomed = besides(path);
    await rename(path, doomed).catch(() => {});
    await removeTree(doomed).catch(() => {});
  }
  throw await isTaken(path)
    ? new WorkError(`Cannot write ${path}: it is damaged each time`)
    : failure;
}

/** Removes temporary folders whose processes have ended. */
async function removeAbandoned(parent: string): Promise<void> {
  for await (const { name, isDirectory } of readFolder(parent)) {
    // What cannot be removed now is left for the next time.
    if (isDirectory && TEMPORARY.test(name)) {
      await removeIfAbandoned(join(parent, name)).catch(() => {});
    }
  }
}

async function removeIfAbandoned(folder: string): Promise<void> {
  try {
    // Held until the folder is gone, so that nobody begins to write into it meanwhile.
    using lock = await openFile(join(folder, LOCK_FILE), { write: true });
    if (await lock.tryLock(true)) await removeTree(folder);
  } catch (error) {
    if (!isMissing(error)) throw error;
    const { mtime } = await stat(folder);
    if (mtime !== null && Date.now() - mtime.getTime() > GRACE_MS) {
      await removeTree(folder);
    }
  }
}
