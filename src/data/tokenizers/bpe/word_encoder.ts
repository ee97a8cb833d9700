/**
 * Encodes words, and remembers how.
 *
 * @module
 */

import { IntList } from "../../text/int_list.ts";
import type { PairTable } from "./pair_table.ts";
import { WordMerger } from "./word_merger.ts";
import { WordTable } from "./word_table.ts";

/** Longer words are too rare to be worth remembering. */
const LONGEST_KEPT_BYTES = 64;
/** When the remembered words have so many bytes, they are forgotten. */
const MOST_KEPT_BYTES = 2 ** 22;

/** The tokens of words; most words of a text came before. */
export class WordEncoder {
  readonly #merger: WordMerger;
  readonly #words = new WordTable();
  /** Tokens of all remembered words, and where those of each begin. */
  readonly #tokens = new IntList();
  readonly #starts = new IntList();

  /** @param merges The token that each pair makes; tokens are numbered in the order they were learned. */
  constructor(merges: PairTable) {
    this.#merger = new WordMerger(merges);
    this.#starts.push(0);
  }

  /** Appends the tokens of a word to a list. */
  encode(bytes: Uint8Array, start: number, end: number, tokens: IntList): void {
    if (end - start > LONGEST_KEPT_BYTES) {
      tokens.append(this.#merger.merge(bytes, start, end));
      return;
    }
    const size = this.#words.size;
    const index = this.#words.add(bytes, start, end);
    if (index === size) {
      this.#tokens.append(this.#merger.merge(bytes, start, end));
      this.#starts.push(this.#tokens.length);
    }
    const to = this.#starts.at(index + 1);
    for (let at = this.#starts.at(index); at < to; at++) tokens.push(this.#tokens.at(at));
    if (this.#words.byteCount > MOST_KEPT_BYTES) this.#forget();
  }

  #forget(): void {
    this.#words.clear();
    this.#tokens.clear();
    this.#starts.clear();
    this.#starts.push(0);
  }
}
