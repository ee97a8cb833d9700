/**
 * Folders that one process at a time works in.
 *
 * The system locks a file and lets it go when the process ends, however it ends, so a crash leaves nothing behind that
 * would have to be removed.
 *
 * @module
 */

import { makeFolder, readTextFile, removeSync, stat } from "../host/files.ts";
import { type OpenFile, openFile, writeAll } from "../host/open_file.ts";
import { dirname } from "../host/paths.ts";
import { processId } from "../host/process.ts";
import { fileError } from "./file_error.ts";

/** Who holds a lock that was asked for: the number of the process, as far as it is known. */
export interface LockHolder {
  readonly holder: string;
}

/**
 * Locks a file, which is made if it is missing, until it is disposed or this process ends.
 *
 * @returns The lock, or who has it. Where the file system knows no locks, a lock that keeps nobody out.
 * @throws {InputError} If the file cannot be made.
 * @throws {WorkError} If the disk is full or failing.
 */
export async function lockFile(path: string): Promise<Disposable | LockHolder> {
  for (;;) {
    let file: OpenFile;
    try {
      await makeFolder(dirname(path));
      file = await openFile(path, { create: true, read: true, write: true });
    } catch (error) {
      throw fileError("write", path, error);
    }
    const isMine = await file.tryLock(true).catch(() => undefined);
    if (isMine === false) {
      file.close();
      const holder = (await readTextFile(path).catch(() => "")).trim();
      return { holder: /^\d+$/.test(holder) ? `process ${holder}` : "another process" };
    }
    // Whoever held it before may have removed the file in between: then this is not the one that others see.
    const [seen, own] = await Promise.all([stat(path).catch(() => undefined), file.stat()]);
    if (isMine && (seen === undefined || seen.ino !== own.ino)) {
      file.close();
      continue;
    }
    await file.truncate(0).then(() => writeAll(file, new TextEncoder().encode(`${processId}\n`)))
      .catch(() => {});
    return {
      [Symbol.dispose]() {
        // Removed while it is held, so that nobody can hold a file that is about to vanish.
        removeSync(path);
        file.close();
      },
    };
  }
}

/** Whether a lock was had. */
export function isLocked(lock: Disposable | LockHolder): lock is Disposable {
  return !("holder" in lock);
}
