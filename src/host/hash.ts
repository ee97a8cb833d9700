/**
 * Checksums of bytes that come in parts.
 *
 * @module
 */

import { builtinModule } from "./builtin_modules.ts";

/** A checksum that grows. */
export interface Hash {
  /** Goes on with bytes, or a string as UTF-8; returns itself. */
  update(data: Uint8Array | string): Hash;
  /** The checksum of all parts, in lower-case hexadecimal digits; asked for once. */
  hex(): string;
}

/** A checksum of nothing. */
export function makeHash(algorithm: "sha1" | "sha256"): Hash {
  const hash = builtinModule("node:crypto").createHash(algorithm);
  return {
    update(data) {
      hash.update(data);
      return this;
    },
    hex: () => hash.digest("hex"),
  };
}
