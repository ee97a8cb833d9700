/**
 * UTF-8 text that is read piece by piece.
 *
 * @module
 */

import { InputError } from "../../errors.ts";
import { invalidUtf8Offset } from "../text/utf8.ts";

/**
 * The text of some bytes, without a byte order mark at its beginning.
 *
 * @param chunks The bytes.
 * @param name What to call them in an error.
 * @returns Pieces that never cut a character in two.
 * @throws {InputError} If they are not UTF-8, or have a zero byte, as binary files do.
 */
export async function* utf8Pieces(
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
  name: string,
): AsyncGenerator<string> {
  let offset = 0;
  let rest = new Uint8Array();
  for await (const chunk of chunks) {
    const bytes = joined(rest, chunk);
    if (offset === 0) refuseUtf16(bytes, name);
    refuseZero(chunk, offset + rest.length, name);
    const end = completeBytes(bytes);
    const text = decode(bytes.subarray(0, end), offset, name);
    offset += end;
    rest = bytes.slice(end);
    if (text !== "") yield text;
  }
  decode(rest, offset, name);
}

function decode(bytes: Uint8Array, offset: number, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: offset > 0 }).decode(bytes);
  } catch {
    const at = invalidUtf8Offset(bytes);
    const byte = bytes[at].toString(16).toUpperCase().padStart(2, "0");
    throw new InputError(
      `Cannot read ${name}: the byte 0x${byte} at offset ${
        offset + at
      } is not UTF-8, convert the ` +
        "text to UTF-8",
    );
  }
}

function refuseUtf16([first, second]: Uint8Array, name: string): void {
  if (first === 0xff && second === 0xfe || first === 0xfe && second === 0xff) {
    throw new InputError(`Cannot read ${name}: it is UTF-16, convert it to UTF-8`);
  }
}

function refuseZero(bytes: Uint8Array, offset: number, name: string): void {
  const at = bytes.indexOf(0);
  if (at === -1) return;
  throw new InputError(
    `Cannot read ${name}: it is binary, with a zero byte at offset ${offset + at}, UTF-8 text is ` +
      "accepted",
  );
}

/** How many bytes there are before a character that is not complete, if the last one is not. */
function completeBytes(bytes: Uint8Array): number {
  for (let at = bytes.length - 1; at >= Math.max(0, bytes.length - 3); at--) {
    const byte = bytes[at];
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return at + length > bytes.length ? at : bytes.length;
  }
  return bytes.length;
}

function joined(
  a: Uint8Array<ArrayBuffer>,
  b: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  if (a.length === 0) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
