/**
 * Checksums that are computed piece by piece.
 *
 * @module
 */

import { createHash } from "node:crypto";

/** A checksum that grows. */
export interface Hash {
  /** Adds bytes, or a string as UTF-8. */
  update(data: Uint8Array | string): Hash;
  /** Hexadecimal digits of all that was added; it ends with this. */
  digest(encoding: "hex"): string;
}

/** An empty checksum. */
export function makeHash(algorithm: "sha1" | "sha256"): Hash {
  return createHash(algorithm);
}
