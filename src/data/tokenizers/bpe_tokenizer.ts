/**
 * Byte-level BPE: bytes that often stand together are one token.
 *
 * @module
 */

import { PairTable } from "./bpe/pair_table.ts";
import type { Pair } from "./bpe/pair_occurrences.ts";
import { PretokenStream } from "./bpe/pretoken_stream.ts";
import { SpecialTokens } from "./bpe/special_tokens.ts";
import { WordEncoder } from "./bpe/word_encoder.ts";
import { toSymbols } from "./byte_symbols.ts";
import { IntList } from "../text/int_list.ts";
import {
  END_OF_TEXT,
  type StreamDecoder,
  type StreamEncoder,
  type Tokenizer,
} from "./tokenizer.ts";
import { tokenizerJson } from "./tokenizer_json.ts";
import { utf8Decoder } from "../text/utf8.ts";

/**
 * A tokenizer whose ids 0 to 255 are the bytes, followed by one id per merge and the special tokens. Every text can
 * be encoded and comes back exactly; a lone surrogate, which UTF-8 cannot write, becomes U+FFFD.
 *
 * The text is split by GPT-2's pattern first, and no token crosses the split.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { trainBpe } from "./train_bpe.ts";
 *
 * const tokenizer = await trainBpe(["low lower lowest ".repeat(9)], { vocabSize: 260 });
 * const ids = tokenizer.encode("lowest 😀");
 * assert.equal(tokenizer.decode(ids), "lowest 😀");
 * assert(ids.length < 11); // bytes
 * ```
 */
export class BpeTokenizer implements Tokenizer {
  readonly kind = "bpe";
  readonly vocabSize: number;
  readonly specialTokens: ReadonlyMap<string, number>;
  readonly #merges: readonly Pair[];
  readonly #specials: SpecialTokens;
  readonly #firstSpecial: number;
  readonly #words: WordEncoder;
  /** Bytes of all tokens, and where those of each begin. */
  readonly #bytes: Uint8Array;
  readonly #starts: Int32Array;

  /**
   * A tokenizer with given merges.
   *
   * @param merges Pairs of ids in the order they were learned; number i makes the token 256 + i.
   * @param specialTokens How the special tokens are written, in the order of their ids.
   * @throws {RangeError} If a merge uses a token that is not made before it, makes one again, or a special token is
   * empty or there twice.
   */
  constructor(merges: readonly Pair[], specialTokens: readonly string[] = [END_OF_TEXT]) {
    const first = 256 + merges.length;
    this.#merges = merges;
    this.#firstSpecial = first;
    this.vocabSize = first + specialTokens.length;
    this.specialTokens = new Map(specialTokens.map((text, at) => [text, first + at]));
    if (this.specialTokens.size < specialTokens.length || this.specialTokens.has("")) {
      throw new RangeError(`${JSON.stringify(specialTokens)} are not different special tokens`);
    }
    const spellings: Uint8Array[] = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
    const table = new PairTable(merges.length);
    for (const [at, { left, right }] of merges.entries()) {
      const [a, b] = [spellings[left], spellings[right]];
      if (a === undefined || b === undefined || table.get(left, right) !== -1) {
        throw new RangeError(`merge ${at} of ${left} and ${right} is not one new token of two`);
      }
      table.set(left, right, 256 + at);
      const spelling = new Uint8Array(a.length + b.length);
      spelling.set(a);
      spelling.set(b, a.length);
      spellings.push(spelling);
    }
    const encoder = new TextEncoder();
    for (const text of specialTokens) spellings.push(encoder.encode(text));
    this.#starts = new Int32Array(spellings.length + 1);
    for (const [id, { length }] of spellings.entries()) {
      this.#starts[id + 1] = this.#starts[id] + length;
    }
    this.#bytes = new Uint8Array(this.#starts[spellings.length]);
    for (const [id, spelling] of spellings.entries()) this.#bytes.set(spelling, this.#starts[id]);
    this.#words = new WordEncoder(table);
    this.#specials = new SpecialTokens(specialTokens);
  }

  get endOfText(): number | undefined {
    return this.specialTokens.get(END_OF_TEXT);
  }

  encode(text: string): Int32Array {
    const { stream, ids } = this.#open(text.length);
    stream.push(text);
    stream.flush();
    return ids.copy();
  }

  /**
   * The ids of bytes that need not be UTF-8.
   *
   * @param bytes Any bytes; {@linkcode decodeBytes} gives back exactly these.
   */
  encodeBytes(bytes: Uint8Array): Int32Array {
    const { stream, ids } = this.#open(bytes.length);
    stream.pushBytes(bytes);
    stream.flush();
    return ids.copy();
  }

  encoder(): StreamEncoder {
    const { stream, ids } = this.#open(0);
    const take = () => {
      const taken = ids.copy();
      ids.clear();
      return taken;
    };
    return {
      push(text) {
        stream.push(text);
        return take();
      },
      flush() {
        stream.flush();
        return take();
      },
    };
  }

  decode(ids: Iterable<number>): string {
    return utf8Decoder().decode(this.decodeBytes(ids));
  }

  /**
   * The bytes of some ids.
   *
   * @throws {RangeError} If the vocabulary has no such id.
   */
  decodeBytes(ids: Iterable<number>): Uint8Array<ArrayBuffer> {
    const list = ids instanceof Int32Array ? ids : [...ids];
    let length = 0;
    for (const id of list) length += this.byteLength(id);
    const bytes = new Uint8Array(length);
    let to = 0;
    for (const id of list) {
      const end = this.#starts[id + 1];
      for (let from = this.#starts[id]; from < end; from++) bytes[to++] = this.#bytes[from];
    }
    return bytes;
  }

  decoder(): StreamDecoder {
    const decoder = utf8Decoder();
    return {
      push: (id) => decoder.decode(this.#spelling(id), { stream: true }),
      flush: () => decoder.decode(),
    };
  }

  byteLength(id: number): number {
    this.#check(id);
    return this.#starts[id + 1] - this.#starts[id];
  }

  toJSON(): unknown {
    const tokens = Array.from(
      { length: this.#firstSpecial },
      (_, id) => toSymbols(this.#spelling(id)),
    );
    return tokenizerJson({
      tokens: [...tokens, ...this.specialTokens.keys()],
      level: "words",
      merges: this.#merges.map(({ left, right }) => `${tokens[left]} ${tokens[right]}`),
      specialTokens: this.specialTokens,
    });
  }

  /** A stream that splits a text, and the list its ids go to. */
  #open(expectedBytes: number): { stream: PretokenStream; ids: IntList } {
    const ids = new IntList(Math.ceil(expectedBytes / 3));
    const stream = new PretokenStream(this.#specials, {
      pretoken: (bytes, start, end) => this.#words.encode(bytes, start, end, ids),
      special: (index) => ids.push(this.#firstSpecial + index),
    });
    return { stream, ids };
  }

  #spelling(id: number): Uint8Array {
    this.#check(id);
    return this.#bytes.subarray(this.#starts[id], this.#starts[id + 1]);
  }

  #check(id: number): void {
    if (!Number.isInteger(id) || id < 0 || id >= this.vocabSize) {
      throw new RangeError(`there is no token ${id} in a vocabulary of ${this.vocabSize}`);
    }
  }
}
