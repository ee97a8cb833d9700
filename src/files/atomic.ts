/**
 * Files and folders that are whole or absent, whenever the process or the machine stops.
 *
 * @module
 */

import { isTaken, makeFolder, remove, removeTree, rename } from "../host/files.ts";
import { type OpenFile, openFile, seek, seekEnd, writeAll } from "../host/open_file.ts";
import { basename, dirname, join } from "../host/paths.ts";
import { processId } from "../host/process.ts";
import { InputError } from "../errors.ts";
import { fileError } from "./file_error.ts";

let writes = 0;

/** A file that is being written. */
export interface WritableFile {
  /** Appends bytes. */
  write(bytes: Uint8Array): Promise<void>;
  /** Writes over bytes that are there; what is appended next still goes to the end. */
  writeAt(offset: number, bytes: Uint8Array): Promise<void>;
}

/**
 * Writes a file beside its place, forces it to the disk, and renames it in.
 *
 * The parent folder is made if it is missing. An existing file is replaced only by a complete one.
 *
 * @param path The file.
 * @param data Its whole content, a string as UTF-8, or what writes it part by part.
 * @throws {InputError} If the path cannot be written to: permission, a read-only disk, a folder.
 * @throws {WorkError} If the disk is full or failing; what was at `path` before is still there.
 * Errors of what writes it pass unchanged.
 */
export async function writeFileAtomic(
  path: string,
  data: Uint8Array | string | ((file: WritableFile) => Promise<void>),
): Promise<void> {
  // Unique per process and call, so that two writers of one file cannot mix their halves.
  const temporary = join(dirname(path), `.${basename(path)}.${processId}-${++writes}.tmp`);
  try {
    await makeFolder(dirname(path));
    {
      using file = await openFile(temporary, { write: true, createNew: true });
      if (typeof data === "function") await data(writable(file));
      else await writeAll(file, typeof data === "string" ? new TextEncoder().encode(data) : data);
      await file.sync();
    }
    await rename(temporary, path);
  } catch (error) {
    await remove(temporary).catch(() => {});
    // What handed the parts over failed, not the file.
    const foreign = error instanceof RangeError || error instanceof TypeError;
    throw foreign ? error : fileError("write", path, error);
  }
}

/**
 * Writes a folder beside its place and renames it in, so that it is complete or absent.
 *
 * A stale temporary folder of the same name, left by a killed process, is removed first.
 *
 * @param path The folder, which must not exist yet.
 * @param write Fills the temporary folder it is given; the files it writes should be synced.
 * @throws {InputError} If `path` exists already or cannot be written to.
 * @throws {WorkError} If the disk is full or failing. Errors of `write` pass unchanged; in every
 * case the temporary folder is removed.
 */
export async function writeDirectoryAtomic(
  path: string,
  write: (temporaryDirectory: string) => Promise<void>,
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.tmp`);
  try {
    if (await isTaken(path)) throw new InputError(`Cannot write ${path}: it already exists`);
    if (await isTaken(temporary)) await removeTree(temporary);
    await makeFolder(temporary);
  } catch (error) {
    throw fileError("write", path, error);
  }
  try {
    await write(temporary);
    await rename(temporary, path);
  } catch (error) {
    await removeTree(temporary).catch(() => {});
    throw error instanceof Error && "code" in error ? fileError("write", path, error) : error;
  }
}

/**
 * Appends one line to a file, which is made if it is missing.
 *
 * @param path The file.
 * @param line The line, without its newline.
 * @throws {InputError} If the path cannot be written to.
 * @throws {WorkError} If the disk is full or failing; the line is taken back.
 */
export async function appendLine(path: string, line: string): Promise<void> {
  await appendBytes(path, new TextEncoder().encode(line + "\n"));
}

/**
 * Appends to a file, which is made if it is missing.
 *
 * What does not fit on the disk is taken back, so the file never ends in half of it.
 *
 * @param path The file.
 * @param bytes What is appended, a line or a record.
 * @throws {InputError} If the path cannot be written to.
 * @throws {WorkError} If the disk is full or failing.
 */
export async function appendBytes(path: string, bytes: Uint8Array): Promise<void> {
  try {
    using file = await openFile(path, { append: true, create: true });
    const { size } = await file.stat();
    try {
      await writeAll(file, bytes);
    } catch (error) {
      await file.truncate(size).catch(() => {});
      throw error;
    }
  } catch (error) {
    throw fileError("write", path, error);
  }
}

function writable(file: OpenFile): WritableFile {
  return {
    write: (bytes) => writeAll(file, bytes),
    async writeAt(offset, bytes) {
      await seek(file, offset);
      await writeAll(file, bytes);
      await seekEnd(file);
    },
  };
}
