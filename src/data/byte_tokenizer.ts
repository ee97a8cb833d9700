/**
 * One token per byte of UTF-8.
 *
 * @module
 */

import type { StreamDecoder, Tokenizer } from "./tokenizer.ts";
import { mergelessTokenizerJson } from "./tokenizer_json.ts";

/**
 * A tokenizer of 256 ids, each the value of a byte; every text can be encoded.
 *
 * Bytes that are no UTF-8 decode to U+FFFD, and so does a lone surrogate.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { ByteTokenizer } from "./byte_tokenizer.ts";
 *
 * const tokenizer = new ByteTokenizer();
 * assert.deepEqual(tokenizer.encode("é"), Int32Array.of(195, 169));
 * const decoder = tokenizer.decoder();
 * assert.deepEqual([decoder.push(195), decoder.push(169)], ["", "é"]);
 * ```
 */
export class ByteTokenizer implements Tokenizer {
  readonly kind = "byte";
  readonly vocabSize = 256;

  encode(text: string): Int32Array {
    return Int32Array.from(new TextEncoder().encode(text));
  }

  decode(ids: Iterable<number>): string {
    return utf8Decoder().decode(Uint8Array.from(ids, checkByte));
  }

  decoder(): StreamDecoder {
    const decoder = utf8Decoder();
    return {
      push: (id) => decoder.decode(Uint8Array.of(checkByte(id)), { stream: true }),
      flush: () => decoder.decode(),
    };
  }

  toJSON(): unknown {
    return mergelessTokenizerJson(byteSymbols, "bytes");
  }

  /** Whether a vocabulary, in the order of its ids, is the one of this tokenizer. */
  hasTokens(tokens: readonly string[]): boolean {
    return tokens.length === byteSymbols.length &&
      tokens.every((token, id) => token === byteSymbols[id]);
  }
}

/**
 * The character that stands for each byte in a byte-level `tokenizer.json`: itself if it is
 * printable in Latin-1, else the next one from U+0100 on (GPT-2's table).
 */
const byteSymbols: readonly string[] = makeByteSymbols();

function makeByteSymbols(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = byte > 0x20 && byte < 0x7f || byte > 0xa0 && byte !== 0xad;
    return String.fromCharCode(printable ? byte : next++);
  });
}

function utf8Decoder(): TextDecoder {
  // Otherwise the decoder would drop a byte order mark that was encoded.
  return new TextDecoder("utf-8", { ignoreBOM: true });
}

function checkByte(id: number): number {
  if (!Number.isInteger(id) || id < 0 || id > 255) {
    throw new RangeError(`there is no token ${id} in a vocabulary of 256`);
  }
  return id;
}
