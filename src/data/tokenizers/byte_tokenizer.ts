/**
 * One token per byte of UTF-8.
 *
 * @module
 */

import { byteSymbols } from "./byte_symbols.ts";
import type { StreamDecoder, StreamEncoder, Tokenizer } from "./tokenizer.ts";
import { tokenizerJson } from "./tokenizer_json.ts";
import { utf8Decoder, WholeCharacters } from "../text/utf8.ts";

/**
 * A tokenizer of 256 ids, each the value of a byte; every text can be encoded.
 *
 * Bytes that are no UTF-8 decode to U+FFFD, and so does a lone surrogate, which UTF-8 cannot write;
 * {@linkcode ByteTokenizer.encodeBytes} and {@linkcode ByteTokenizer.decodeBytes} keep any bytes as they are.
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
  readonly specialTokens: ReadonlyMap<string, number> = new Map();
  readonly endOfText: undefined;

  encode(text: string): Int32Array {
    return this.encodeBytes(new TextEncoder().encode(text));
  }

  /** The ids of bytes that need not be UTF-8. */
  encodeBytes(bytes: Uint8Array): Int32Array {
    return new Int32Array(bytes);
  }

  encoder(): StreamEncoder {
    const characters = new WholeCharacters();
    return {
      push: (text) => this.encode(characters.push(text)),
      flush: () => this.encode(characters.flush()),
    };
  }

  decode(ids: Iterable<number>): string {
    return utf8Decoder().decode(this.decodeBytes(ids));
  }

  /**
   * The bytes of some ids.
   *
   * @throws {RangeError} If one is no byte.
   */
  decodeBytes(ids: Iterable<number>): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(ids, checkByte);
  }

  decoder(): StreamDecoder {
    const decoder = utf8Decoder();
    return {
      push: (id) => decoder.decode(Uint8Array.of(checkByte(id)), { stream: true }),
      flush: () => decoder.decode(),
    };
  }

  byteLength(id: number): number {
    checkByte(id);
    return 1;
  }

  toJSON(): unknown {
    return tokenizerJson({ tokens: byteSymbols, level: "bytes" });
  }
}

function checkByte(id: number): number {
  if (!Number.isInteger(id) || id < 0 || id > 255) {
    throw new RangeError(`there is no token ${id} in a vocabulary of 256`);
  }
  return id;
}
