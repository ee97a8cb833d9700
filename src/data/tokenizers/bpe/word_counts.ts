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
 * are forgotten (lossy counting, Manku and Motwani 2002), which hardly changes what merges are learned. Of those that
 * occurred equally often lots are drawn, so that a text whose words hardly ever come again leaves a fair sample.
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

  /** Forgets the rarest words until half of the room is free. */
  #forget(): void {
    const [words, counts] = [this.#words, this.#counts];
    const byUse = Uint32Array.from({ length: words.size }, (_, index) => index)
      .sort((a, b) => counts[b] - counts[a] || words.lot(a) - words.lot(b));
    this.#words = new WordTable();
    this.#counts = new Float64Array(512);
    for (const index of byUse) {
      const word = words.word(index);
      if (2 * (this.#words.byteCount + word.length) > this.#maxBytes) break;
      this.#add(word, 0, word.length, counts[index]);
    }
  }
}
