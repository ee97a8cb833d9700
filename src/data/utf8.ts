/**
 * Where bytes stop being UTF-8, which `TextDecoder` does not say.
 *
 * @module
 */

/**
 * The offset of the first byte that does not begin a well-formed UTF-8 sequence.
 *
 * @param bytes Any bytes.
 * @returns The offset, or −1 if all of them are UTF-8.
 * @see The Unicode Standard, table 3-7
 */
export function invalidUtf8Offset(bytes: Uint8Array): number {
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes[at], bytes[at + 1]);
    if (length === 0 || at + length > bytes.length) return at;
    for (let next = at + 2; next < at + length; next++) {
      if ((bytes[next] & 0xc0) !== 0x80) return at;
    }
    at += length;
  }
  return -1;
}

/** Bytes of the sequence that begins with these two, or 0 if none does. */
function sequenceLength(first: number, second: number): number {
  if (first < 0x80) return 1;
  // Where these bounds are narrower than 80..BF they exclude overlong forms and surrogates.
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (!(second >= lowest && second <= highest)) return 0;
  if (first >= 0xc2 && first <= 0xdf) return 2;
  if (first >= 0xe0 && first <= 0xef) return 3;
  return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}
