/**
 * The transfer of one file, which goes on where it was broken off.
 *
 * @module
 */

import { remove, removeLink, stat } from "../../host/files.ts";
import { type OpenFile, openFile, seek, writeAll } from "../../host/open_file.ts";
import { fileError } from "../../files/file_error.ts";
import { ConnectionError, type PatientResponse, TrickleError } from "../download/patient_fetch.ts";
import type { HubAccess } from "./access.ts";
import { Attempts, DamagedError } from "./attempts.ts";
import { type HubFile, isIntact } from "./hub_file.ts";

/**
 * Downloads a file until its size and checksum are right.
 *
 * Each of at least five attempts asks only for what is missing. An attempt that brought the file
 * further does not count as failed, however it ended, unless it was given up for trickling.
 *
 * @param access The data set.
 * @param commit The commit.
 * @param file What to download.
 * @param partialPath Where to; what is there already is taken for the file's beginning.
 * @throws {ConnectionError} If the hub could not be reached or broke off too often.
 * @throws {HubResponseError} If it answered anything else.
 * @throws {DamagedError} If what came is not the file, however often it was asked for.
 * @throws {WorkError} If the disk is full or failing.
 */
export async function transfer(
  access: HubAccess,
  commit: string,
  file: HubFile,
  partialPath: string,
): Promise<void> {
  const attempts = new Attempts(access.attempts);
  // A download that begins anew has come further only when it is past where it was before.
  let furthest = await sizeOf(partialPath);
  for (;;) {
    try {
      await transferRest(access, commit, file, partialPath);
      if (await isIntact(partialPath, file)) return;
      await remove(partialPath);
      throw new DamagedError("what came has the wrong checksum");
    } catch (error) {
      access.signal?.throwIfAborted();
      const reached = await sizeOf(partialPath);
      const isProgress = reached - furthest >= worthwhile(file.bytes);
      if (isProgress && !(error instanceof TrickleError)) attempts.progressed();
      furthest = Math.max(furthest, reached);
      await attempts.failed(error);
    }
  }
}

/** So much in one attempt is progress; drops after each byte are not. */
function worthwhile(bytes: number): number {
  return Math.max(1, Math.min(1 << 16, bytes / 100));
}

async function transferRest(
  access: HubAccess,
  commit: string,
  file: HubFile,
  partialPath: string,
): Promise<void> {
  using partial = await onDisk(
    partialPath,
    async () => {
      await removeLink(partialPath);
      return await openFile(partialPath, { read: true, write: true, create: true });
    },
  );
  let done = await sizeOf(partialPath);
  if (done > file.bytes) done = await restart(partial, partialPath);
  if (done === file.bytes) return;

  const headers = { ...(done > 0 && { range: `bytes=${done}-` }) };
  const response = await access.request(access.fileUrl(commit, file.path), headers);
  if (done > 0 && !isRest(response, done)) done = await restart(partial, partialPath);
  if (done === 0 && response.status !== 200) {
    await response.cancel();
    throw new DamagedError("the hub sent another part of the file than was asked for");
  }
  await onDisk(partialPath, () => seek(partial, done));
  for await (const chunk of response.chunks()) {
    if (done + chunk.length > file.bytes) {
      await restart(partial, partialPath);
      throw new DamagedError(`what came is larger than ${file.bytes} bytes`);
    }
    await onDisk(partialPath, () => writeAll(partial, chunk));
    done += chunk.length;
    access.progress({ path: file.path, doneBytes: done, totalBytes: file.bytes });
  }
  if (done < file.bytes) {
    throw new ConnectionError(`it ended after ${done} of ${file.bytes} bytes`);
  }
  await onDisk(partialPath, () => partial.sync());
}

/** Whether an answer is what follows the first `done` bytes, and not the file from its beginning. */
function isRest({ status, headers }: PatientResponse, done: number): boolean {
  return status === 206 && (headers.get("content-range") ?? "").startsWith(`bytes ${done}-`);
}

async function restart(partial: OpenFile, path: string): Promise<0> {
  await onDisk(path, () => partial.truncate(0));
  return 0;
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

/** A full or failing disk is not mended by asking the hub again. */
async function onDisk<T>(path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw fileError("write", path, error);
  }
}
