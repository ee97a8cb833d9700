/**
 * Bytes that are read in parts, wherever they are.
 *
 * @module
 */

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

/** Bytes of something that is open until it is disposed. */
export interface OpenSource extends ByteSource, Disposable {}

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
