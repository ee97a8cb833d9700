/**
 * Decompression of gzip as a stream whose memory is bounded, whatever the file was made for.
 *
 * @module
 */

import { InputError } from "../errors.ts";

/** Bytes that are handed over at a time: deflate makes at most a thousand times as many of them. */
const INPUT_BYTES = 1 << 14;

/** Text and pixels become ten times as large, the emptiest ones a hundred times. */
const LARGEST_RATIO = 300;
/** So much may be empty all the same. */
const ALWAYS_ACCEPTED = 1 << 26;

/**
 * The bytes that were compressed.
 *
 * @param chunks The compressed bytes.
 * @param name What to call them in an error.
 * @param most Bytes that they may become; default any number, as long as they were not made to fill the memory.
 * @throws {InputError} If they are no whole gzip file, or become too many.
 */
export async function* gunzipped(
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
  name: string,
  most = Infinity,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let [read, made] = [0, 0];
  async function* small() {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; at += INPUT_BYTES) {
        const part = chunk.subarray(at, at + INPUT_BYTES);
        read += part.length;
        yield part;
      }
    }
  }
  try {
    const plain = ReadableStream.from(small()).pipeThrough(new DecompressionStream("gzip"));
    for await (const piece of plain) {
      made += piece.length;
      if (made > most) {
        throw new InputError(`Cannot read ${name}: it becomes larger than ${most} bytes`);
      }
      if (made > ALWAYS_ACCEPTED && made > LARGEST_RATIO * read) {
        throw new InputError(
          `Cannot read ${name}: it becomes more than ${LARGEST_RATIO} times as large, as if it were ` +
            "made to fill the memory",
        );
      }
      yield piece;
    }
  } catch (error) {
    if (error instanceof InputError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new InputError(`Cannot read ${name}: it is no whole gzip file (${why})`, {
      cause: error,
    });
  }
}
