/**
 * One token per Unicode character.
 *
 * @module
 */

import { InputError } from "../../errors.ts";
import type { TextChunks } from "../text/text_chunks.ts";
import type { EncodeOptions, StreamDecoder, StreamEncoder, Tokenizer } from "./tokenizer.ts";
import { tokenizerJson } from "./tokenizer_json.ts";
import { utf8Bytes, WholeCharacters } from "../text/utf8.ts";

/**
 * A tokenizer whose vocabulary is a list of Unicode code points.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { CharTokenizer } from "./char_tokenizer.ts";
 *
 * const tokenizer = CharTokenizer.fromText("banana");
 * assert.deepEqual(tokenizer.encode("nab"), Int32Array.of(2, 0, 1));
 * assert.equal(tokenizer.decode([1, 0, 2]), "ban");
 * ```
 */
export class CharTokenizer implements Tokenizer {
  readonly kind = "char";
  readonly specialTokens: ReadonlyMap<string, number> = new Map();
  readonly endOfText: undefined;
  readonly #characters: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;

  /**
   * A tokenizer with a given vocabulary.
   *
   * @param characters The vocabulary in the order of the ids, each one code point, all distinct.
   * @throws {RangeError} If one is longer or occurs twice.
   */
  constructor(characters: readonly string[]) {
    const ids = new Map<string, number>();
    for (const [id, character] of characters.entries()) {
      if ([...character].length !== 1 || ids.has(character)) {
        throw new RangeError(`${JSON.stringify(character)} is not one new character`);
      }
      ids.set(character, id);
    }
    this.#characters = [...characters];
    this.#ids = ids;
  }

  /**
   * The tokenizer of a text: its characters, sorted by code point.
   *
   * @param text The text to take the vocabulary from.
   * @throws {InputError} If it is empty.
   */
  static fromText(text: string): CharTokenizer {
    return CharTokenizer.#ofCharacters(new Set(text));
  }

  /**
   * The tokenizer of a text that comes in pieces.
   *
   * @param chunks The text to take the vocabulary from.
   * @throws {InputError} If it is empty.
   */
  static async fromChunks(chunks: TextChunks): Promise<CharTokenizer> {
    const found = new Set<string>();
    const whole = new WholeCharacters();
    for await (const chunk of chunks) {
      for (const character of whole.push(chunk)) found.add(character);
    }
    for (const half of whole.flush()) found.add(half);
    return CharTokenizer.#ofCharacters(found);
  }

  static #ofCharacters(characters: ReadonlySet<string>): CharTokenizer {
    if (characters.size === 0) {
      throw new InputError("Cannot make a character tokenizer: the text is empty");
    }
    return new CharTokenizer([...characters].sort((a, b) => codePoint(a) - codePoint(b)));
  }

  get vocabSize(): number {
    return this.#characters.length;
  }

  encode(text: string, { unknown = "error" }: EncodeOptions = {}): Int32Array {
    const ids = new Int32Array(text.length);
    let count = 0;
    for (const character of text) {
      const id = this.#ids.get(character);
      if (id !== undefined) ids[count++] = id;
      else if (unknown === "error") throw this.#unknownCharacter(character);
    }
    return ids.subarray(0, count);
  }

  encoder(options?: EncodeOptions): StreamEncoder {
    const characters = new WholeCharacters();
    return {
      push: (text) => this.encode(characters.push(text), options),
      flush: () => this.encode(characters.flush(), options),
    };
  }

  decode(ids: Iterable<number>): string {
    const characters: string[] = [];
    for (const id of ids) characters.push(this.#character(id));
    return characters.join("");
  }

  decoder(): StreamDecoder {
    return { push: (id) => this.#character(id), flush: () => "" };
  }

  byteLength(id: number): number {
    return utf8Bytes(this.#character(id));
  }

  toJSON(): unknown {
    return tokenizerJson({ tokens: this.#characters, level: "characters" });
  }

  #character(id: number): string {
    const character = this.#characters[id];
    if (character === undefined) {
      throw new RangeError(`there is no token ${id} in a vocabulary of ${this.vocabSize}`);
    }
    return character;
  }

  #unknownCharacter(character: string): InputError {
    const hex = codePoint(character).toString(16).toUpperCase().padStart(4, "0");
    return new InputError(
      `Cannot encode the character ${JSON.stringify(character)} (U+${hex}): it is not in the ` +
        `vocabulary of ${this.vocabSize} characters, only characters of the training text are`,
    );
  }
}

function codePoint(character: string): number {
  return character.codePointAt(0) ?? 0;
}
