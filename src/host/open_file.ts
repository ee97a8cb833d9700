/**
 * Files that are open: read and written in parts, and locked.
 *
 * @module
 */

import type { FileFacts } from "./files.ts";

/** An open file; disposing it closes it, which also unlocks it. */
export interface OpenFile extends Disposable {
  /** Reads some bytes from where it stands; returns how many, or `null` at the end. */
  read(into: Uint8Array): Promise<number | null>;
  /** Writes some of the bytes where it stands; returns how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** Cuts it off. */
  truncate(bytes: number): Promise<void>;
  /** Waits until what was written is on the disk. */
  sync(): Promise<void>;
  stat(): Promise<FileFacts>;
  /** Waits until no other process has it locked, and locks it. */
  lock(exclusive: boolean): Promise<void>;
  /** Locks it, if no other process has; returns whether it did. */
  tryLock(exclusive: boolean): Promise<boolean>;
  close(): void;
}

/** How to open a file. */
export interface OpenFileOptions {
  readonly read?: boolean;
  readonly write?: boolean;
  /** Writing always adds to the end. */
  readonly append?: boolean;
  /** Whether it is made if it is missing. */
  readonly create?: boolean;
  /** Whether it is made, and must not have been there. */
  readonly createNew?: boolean;
}

/** Opens a file; without options to read it. */
export function openFile(path: string, options?: OpenFileOptions): Promise<OpenFile> {
  return Deno.open(path, options);
}

/** Like {@link openFile}, at once. */
export function openFileSync(path: string, options?: OpenFileOptions): OpenFile {
  return Deno.openSync(path, options);
}

/** Stands at an offset from the file's beginning: the next read or write is there. */
export async function seek(file: OpenFile, offset: number): Promise<void> {
  await (file as Deno.FsFile).seek(offset, Deno.SeekMode.Start);
}

/** Stands at the file's end. */
export async function seekEnd(file: OpenFile): Promise<void> {
  await (file as Deno.FsFile).seek(0, Deno.SeekMode.End);
}

/** Writes all of the bytes where the file stands. */
export async function writeAll(file: OpenFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await file.write(bytes.subarray(written));
  }
}

/**
 * Reads from where the file stands until the array is full.
 *
 * @throws {Error} If the file ends before.
 */
export async function readFull(file: OpenFile, into: Uint8Array): Promise<void> {
  for (let done = 0; done < into.length;) {
    const read = await file.read(into.subarray(done));
    if (read === null) throw new Error("it became shorter while it was read");
    done += read;
  }
}
