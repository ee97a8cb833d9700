/**
 * How byte-level tokenizers write bytes in a `tokenizer.json`.
 *
 * @module
 */

/**
 * The character that stands for each byte: itself if it is printable in Latin-1, else the next one from U+0100 on.
 *
 * @see Radford et al., Language Models are Unsupervised Multitask Learners, `encoder.py`
 */
export const byteSymbols: readonly string[] = /* @__PURE__ */ makeByteSymbols();

function makeByteSymbols(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = byte > 0x20 && byte < 0x7f || byte > 0xa0 && byte !== 0xad;
    return String.fromCharCode(printable ? byte : next++);
  });
}

/** How a token is written whose bytes are these. */
export function toSymbols(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byteSymbols[byte]).join("");
}
