/**
 * Bytes that are read in parts, wherever they are.
 *
 * @module
 */

import { fileError } from "./file_error.ts";

/** Bytes that are read in parts. */
export interface ByteSource {
  /** What to call it in an error: a path or an address. */
  readonly name: string;
  /** How many there are. */
  readonly bytes: number;
  /**
   * A part of it.
   *
   * @param start Offset of the first byte.
   * @param end Offset behind the last byte, at most `bytes`.
   */
  slice(start: number, end: number): Promise<ArrayBuffer>;
  /**
   * Fills memory that is there with a part, for sources that need not allocate any.
   *
   * @param start Offset of the first byte.
   * @param target Receives as many bytes as it has.
   */
  fill?(start: number, target: Uint8Array): Promise<void>;
}

/**
 * A file on disk. It is opened for each part anew, so there is nothing to close, and parts can be read
 * at the same time.
 *
 * @param path The file.
 * @param name What to call it in an error.
 * @throws {InputError} If it is missing or cannot be read.
 */
export async function fileSource(path: string, name: string = path): Promise<ByteSource> {
  const { size } = await reading(path, () => Deno.stat(path));
  return {
    name,
    bytes: size,
    slice: (start, end) =>
      reading(path, async () => {
        using file = await Deno.open(path);
        const part = new Uint8Array(end - start);
        await readAt(file, start, part);
        return part.buffer;
      }),
  };
}

/** Bytes of something that is open until it is disposed. */
export interface OpenSource extends ByteSource, Disposable {}

/**
 * A file on disk that is held open: all parts are of the same file, also where another takes its place meanwhile.
 *
 * @param path The file.
 * @throws {InputError} If it is missing or cannot be read.
 */
export async function openFileSource(path: string): Promise<OpenSource> {
  const file = await reading(path, () => Deno.open(path));
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

async function readAt(file: Deno.FsFile, start: number, target: Uint8Array): Promise<void> {
  await file.seek(start, Deno.SeekMode.Start);
  for (let done = 0; done < target.length;) {
    const read = await file.read(target.subarray(done));
    if (read === null) throw new Error("it became shorter while it was read");
    done += read;
  }
}

/** Bytes in memory. */
export function memorySource(name: string, bytes: Uint8Array<ArrayBuffer>): ByteSource {
  return {
    name,
    bytes: bytes.length,
    slice: (start, end) => Promise.resolve(bytes.slice(start, end).buffer),
    fill: (start, target) => {
      target.set(bytes.subarray(start, start + target.length));
      return Promise.resolve();
    },
  };
}

/** Fills memory with a part of any source. */
export async function fillFrom(
  source: ByteSource,
  start: number,
  target: Uint8Array,
): Promise<void> {
  if (source.fill) await source.fill(start, target);
  else target.set(new Uint8Array(await source.slice(start, start + target.length)));
}

/** Large enough that opening a file for each does not count, small enough for any memory. */
const defaultChunkBytes = 1 << 18;

/**
 * All of it, piece by piece.
 *
 * @param source What to read.
 * @param chunkBytes Size of the pieces.
 */
export async function* chunksOf(
  source: ByteSource,
  chunkBytes: number = defaultChunkBytes,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (let start = 0; start < source.bytes; start += chunkBytes) {
    yield new Uint8Array(await source.slice(start, Math.min(source.bytes, start + chunkBytes)));
  }
}
