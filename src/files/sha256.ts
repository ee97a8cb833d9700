/**
 * SHA-256 checksums in the form files and their publishers state them.
 *
 * @module
 */

import { makeHash } from "../host/hash.ts";
import { openFile } from "../host/open_file.ts";
import { fileError } from "./file_error.ts";

/**
 * The SHA-256 of some bytes, or of a string as UTF-8.
 *
 * @param data What to hash.
 * @returns 64 lower-case hexadecimal digits.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { sha256Hex } from "./sha256.ts";
 *
 * assert.match(await sha256Hex("abc"), /^ba7816bf/);
 * ```
 */
export async function sha256Hex(data: Uint8Array<ArrayBuffer> | string): Promise<string> {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** A SHA-256 of bytes that come in parts. */
export class Sha256 {
  readonly #hash = makeHash("sha256");

  /** Goes on with a part; returns itself. */
  update(bytes: Uint8Array): this {
    this.#hash.update(bytes);
    return this;
  }

  /** The checksum of all parts, 64 lower-case hexadecimal digits; asked for once. */
  hex(): string {
    return this.#hash.digest("hex");
  }
}

/**
 * The SHA-256 of a file of any size.
 *
 * @param path The file.
 * @returns 64 lower-case hexadecimal digits.
 * @throws {InputError} If it is missing or cannot be read.
 */
export async function fileSha256Hex(path: string): Promise<string> {
  const hash = new Sha256();
  try {
    using file = await openFile(path);
    const chunk = new Uint8Array(1 << 20);
    for (let read; (read = await file.read(chunk)) !== null;) hash.update(chunk.subarray(0, read));
  } catch (error) {
    throw fileError("read", path, error);
  }
  return hash.hex();
}
