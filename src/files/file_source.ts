/**
 * Files on disk as bytes that are read in parts.
 *
 * @module
 */

import { stat } from "../host/files.ts";
import { type OpenFile, openFile, readFull, seek } from "../host/open_file.ts";
import type { ByteSource, OpenSource } from "./byte_source.ts";
import { fileError } from "./file_error.ts";

/**
 * A file on disk. It is opened for each part anew, so there is nothing to close, and parts can be read
 * at the same time.
 *
 * @param path The file.
 * @param name What to call it in an error.
 * @throws {InputError} If it is missing or cannot be read.
 */
export async function fileSource(path: string, name: string = path): Promise<ByteSource> {
  const { size } = await reading(path, () => stat(path));
  return {
    name,
    bytes: size,
    slice: (start, end) =>
      reading(path, async () => {
        using file = await openFile(path);
        const part = new Uint8Array(end - start);
        await readAt(file, start, part);
        return part.buffer;
      }),
  };
}

/**
 * A file on disk that is held open: all parts are of the same file, also where another takes its place meanwhile.
 *
 * @param path The file.
 * @throws {InputError} If it is missing or cannot be read.
 */
export async function openFileSource(path: string): Promise<OpenSource> {
  const file = await reading(path, () => openFile(path));
  // Parts are read one after another: an open file has one position.
  let last: Promise<unknown> = Promise.resolve();
  const fill = (start: number, target: Uint8Array): Promise<void> => {
    const part = last.then(() => reading(path, () => readAt(file, start, target)));
    last = part.catch(() => {});
    return part;
  };
  try {
    const { size } = await reading(path, () => file.stat());
    return {
      name: path,
      bytes: size,
      async slice(start, end) {
        const part = new Uint8Array(end - start);
        await fill(start, part);
        return part.buffer;
      },
      fill,
      [Symbol.dispose]: () => file.close(),
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

async function reading<T>(path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw fileError("read", path, error);
  }
}

async function readAt(file: OpenFile, start: number, target: Uint8Array): Promise<void> {
  await seek(file, start);
  await readFull(file, target);
}
