/**
 * How often each distinct word occurs in a text.
 *
 * @module
 */

import type { PretokenSink } from "./pretoken_stream.ts";
import { WordTable } from "./word_table.ts";

/** A run of letters longer than this is counted in parts: a text without spaces has no words. */
const LONGEST_WORD_BYTES = 256;

/**
 * Counts pre-tokens in bounded memory: when the distinct ones exceed a number of bytes, those that occurred least
 * are forgotten (lossy counting, Manku and Motwani 2002), which hardly changes what merges are learnt.
 */
export class WordCounts implements PretokenSink {
  #words = new WordTable();
  #counts = new Float64Array(512);
  readonly #maxBytes: number;

  /** @param maxBytes Bytes that all distinct words may have together. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The distinct words. */
  get words(): WordTable {
    return this.#words;
  }

  /** How often the word with an index occurred. */
  count(index: number): number {
    return this.#counts[index];
  }

  /** Counts a word. */
  pretoken(bytes: Uint8Array, start: number, end: number): void {
    for (let from = start; from < end; from += LONGEST_WORD_BYTES) {
      this.#add(bytes, from, Math.min(end, from + LONGEST_WORD_BYTES), 1);
    }
    if (this.#words.byteCount > this.#maxBytes) this.#forget();
  }

  /** Special tokens are no words. */
  special(): void {}

  #add(bytes: Uint8Array, start: number, end: number, count: number): void {
    const index = this.#words.add(bytes, start, end);
    if (index === this.#counts.length) {
      const counts = new Float64Array(2 * this.#counts.length);
      counts.set(this.#counts);
      this.#counts = counts;
    }
    this.#counts[index] += count;
  }

  /** Forgets the rarest words until at most half of the room is taken. */
  #forget(): void {
    const [words, counts] = [this.#words, this.#counts];
    let rarest = 0;
    let keptBytes: number;
    do {
      rarest++;
      keptBytes = 0;
      for (let index = 0; index < words.size; index++) {
        if (counts[index] > rarest) keptBytes += words.word(index).length;
      }
    } while (2 * keptBytes > this.#maxBytes);
    this.#words = new WordTable();
    this.#counts = new Float64Array(512);
    for (let index = 0; index < words.size; index++) {
      const word = words.word(index);
      if (counts[index] > rarest) this.#add(word, 0, word.length, counts[index]);
    }
  }
}
