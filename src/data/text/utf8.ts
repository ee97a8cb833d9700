/**
 * What `TextDecoder` and `TextEncoder` do not say about UTF-8: where bytes stop being it, and where a text
 * may be cut.
 *
 * @module
 */

/**
 * The offset of the first byte that does not begin a well-formed UTF-8 sequence.
 *
 * @param bytes Any bytes.
 * @returns The offset, or −1 if all of them are UTF-8.
 */
export function invalidUtf8Offset(bytes: Uint8Array): number {
  for (let at = 0; at < bytes.length;) {
    const length = sequenceBytes(bytes[at]);
    if (at + length > bytes.length || !isUtf8Sequence(bytes, at, length)) return at;
    at += length;
  }
  return -1;
}

/**
 * Bytes of the sequence that a byte would begin.
 *
 * @param first The byte.
 * @returns 1 to 4; 1 also for a byte that begins none.
 */
export function sequenceBytes(first: number): number {
  if (first < 0xc2 || first > 0xf4) return 1;
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/**
 * Whether some bytes are one well-formed sequence.
 *
 * @param bytes All of them are there.
 * @param at Where it begins.
 * @param length What {@linkcode sequenceBytes} says of the first byte.
 * @see The Unicode Standard, table 3-7
 */
export function isUtf8Sequence(bytes: Uint8Array, at: number, length: number): boolean {
  const first = bytes[at];
  if (length === 1) return first < 0x80;
  // Where these bounds are narrower than 80..BF they exclude overlong forms and surrogates.
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  const second = bytes[at + 1];
  if (second < lowest || second > highest) return false;
  for (let next = at + 2; next < at + length; next++) {
    if ((bytes[next] & 0xc0) !== 0x80) return false;
  }
  return true;
}

/**
 * Bytes of a text as UTF-8.
 *
 * @param text Any text; a lone surrogate counts as U+FFFD, which it is encoded as.
 */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    // A surrogate pair is two units and four bytes.
    const isPair = unit >= 0xd800 && unit < 0xdc00 && isLowSurrogate(text.charCodeAt(at + 1));
    bytes += unit < 0x800 ? 1 : 2;
    if (isPair) at++;
  }
  return bytes;
}

/** A decoder that drops nothing, as another would a byte order mark. */
export function utf8Decoder(): TextDecoder {
  return new TextDecoder("utf-8", { ignoreBOM: true });
}

/** Puts characters together again whose two UTF-16 units came in different pieces of a text. */
export class WholeCharacters {
  #kept = "";

  /**
   * The text that is certain with one more piece.
   *
   * @param piece The piece; it may end anywhere.
   * @returns The piece, without a first half of a character at its end and with one from before.
   */
  push(piece: string): string {
    const text = this.#kept + piece;
    const last = text.charCodeAt(text.length - 1);
    const isHalf = last >= 0xd800 && last < 0xdc00;
    this.#kept = isHalf ? text.slice(-1) : "";
    return isHalf ? text.slice(0, -1) : text;
  }

  /** What is left at the end: a half whose other half never came, or nothing. */
  flush(): string {
    const kept = this.#kept;
    this.#kept = "";
    return kept;
  }
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}
