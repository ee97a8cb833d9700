/**
 * Checksums of files on disk.
 *
 * @module
 */

import { makeHash } from "../host/hash.ts";
import { openFile } from "../host/open_file.ts";
import { fileError } from "./file_error.ts";

/**
 * The SHA-256 of a file of any size.
 *
 * @param path The file.
 * @returns 64 lower-case hexadecimal digits.
 * @throws {InputError} If it is missing or cannot be read.
 */
export async function fileSha256Hex(path: string): Promise<string> {
  const hash = makeHash("sha256");
  try {
    using file = await openFile(path);
    const chunk = new Uint8Array(1 << 20);
    for (let read; (read = await file.read(chunk)) !== null;) hash.update(chunk.subarray(0, read));
  } catch (error) {
    throw fileError("read", path, error);
  }
  return hash.hex();
}
