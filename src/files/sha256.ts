/**
 * SHA-256 checksums in the form files and their publishers state them.
 *
 * @module
 */

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
