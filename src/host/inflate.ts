/**
 * Decompression that ends at a bound.
 *
 * @module
 */
import { inflateSync } from "node:zlib";

/**
 * What zlib has compressed.
 *
 * @param most Bytes that it may become; more is refused before there is memory for it.
 * @throws {Error} If it is damaged, or becomes more.
 */
export function inflate(bytes: Uint8Array, most: number): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, length } = inflateSync(bytes, { maxOutputLength: most });
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, length);
}
