/**
 * Bytes that are read in parts, wherever they are.
 *
 * @module
 */

import { fileError } from "../../files/file_error.ts";

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
  const attempt = async <T>(operation: () => Promise<T>): Promise<T> => {
    try {
      return await operation();
    } catch (error) {
      throw fileError("read", path, error);
    }
  };
  const { size } = await attempt(() => Deno.stat(path));
  return {
    name,
    bytes: size,
    slice: (start, end) =>
      attempt(async () => {
        using file = await Deno.open(path);
        await file.seek(start, Deno.SeekMode.Start);
        const part = new Uint8Array(end - start);
        for (let done = 0; done < part.length;) {
          const read = await file.read(part.subarray(done));
          if (read === null) throw new Error("it became shorter while it was read");
          done += read;
        }
        return part.buffer;
      }),
  };
}

/** Bytes in memory. */
export function memorySource(name: string, bytes: Uint8Array<ArrayBuffer>): ByteSource {
  return {
    name,
    bytes: bytes.length,
    slice: (start, end) => Promise.resolve(bytes.slice(start, end).buffer),
  };
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
