/**
 * Where each pair of neighboring tokens stands in the words of a training text, and how often.
 *
 * @module
 */

import { PairTable } from "./pair_table.ts";
import type { WordCounts } from "./word_counts.ts";

const NONE = -1;
/** Stands before, between and behind words. */
const BOUNDARY = -1;
/** Stands where the right half of a merged pair began. */
const INSIDE = -2;

/** Two neighboring tokens. */
export interface Pair {
  readonly left: number;
  readonly right: number;
}

/**
 * All words in one array of tokens, with a doubly linked list of positions per pair: a merge visits the places it
 * changes and no others.
 *
 * A token's id stands at its first and at its last byte, so both neighbors of a position are found without links.
 */
export class PairOccurrences {
  readonly #tokens: Int32Array;
  readonly #wordOf: Int32Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #words: WordCounts;
  /** Bytes of each token. */
  readonly #lengths: number[] = Array(256).fill(1);
  readonly #pairs = new PairTable();
  readonly #left: number[] = [];
  readonly #right: number[] = [];
  readonly #counts: number[] = [];
  /** First position of each pair. */
  readonly #first: number[] = [];

  /** @param words The words, whose tokens are single bytes at first. */
  constructor(words: WordCounts) {
    this.#words = words;
    const table = words.words;
    const positions = table.byteCount + table.size + 1;
    this.#tokens = new Int32Array(positions).fill(BOUNDARY);
    this.#wordOf = new Int32Array(positions);
    this.#next = new Int32Array(positions);
    this.#previous = new Int32Array(positions);
    let at = 1;
    for (let index = 0; index < table.size; index++) {
      const word = table.word(index);
      this.#tokens.set(word, at);
      this.#wordOf.fill(index, at, at + word.length);
      at += word.length + 1;
    }
    for (at = 1; at < positions - 1; at++) {
      if (this.#tokens[at] !== BOUNDARY && this.#tokens[at + 1] !== BOUNDARY) this.#add(at);
    }
  }

  /** How many pairs there have ever been; they are numbered in the order in which they appeared. */
  get size(): number {
    return this.#counts.length;
  }

  /** How often a pair occurs now. */
  count(index: number): number {
    return this.#counts[index];
  }

  /** The tokens of a pair. */
  pair(index: number): Pair {
    return { left: this.#left[index], right: this.#right[index] };
  }

  /** Puts a new token in the place of a pair wherever it occurs, from left to right in a word. */
  merge(index: number, token: number): void {
    const { left, right } = this.pair(index);
    const [tokens, lengths] = [this.#tokens, this.#lengths];
    lengths[token] = lengths[left] + lengths[right];
    const positions: number[] = [];
    for (let at = this.#first[index]; at !== NONE; at = this.#next[at]) positions.push(at);
    // Only a pair of equal tokens can overlap itself.
    if (left === right) positions.sort((a, b) => a - b);
    for (const at of positions) {
      if (tokens[at] !== left) continue; // it was the right half of the one before
      const middle = at + lengths[left];
      const behind = at + lengths[token];
      const before = tokens[at - 1] === BOUNDARY ? NONE : at - lengths[tokens[at - 1]];
      const hasBehind = tokens[behind] !== BOUNDARY;
      if (before !== NONE) this.#remove(before);
      this.#remove(at);
      if (hasBehind) this.#remove(middle);
      tokens[middle] = INSIDE;
      tokens[at] = tokens[behind - 1] = token;
      if (before !== NONE) this.#add(before);
      if (hasBehind) this.#add(at);
    }
  }

  /** Counts the pair that begins at a position. */
  #add(at: number): void {
    const left = this.#tokens[at];
    const right = this.#tokens[at + this.#lengths[left]];
    let index = this.#pairs.get(left, right);
    if (index === NONE) {
      index = this.#counts.length;
      this.#pairs.set(left, right, index);
      this.#left.push(left);
      this.#right.push(right);
      this.#counts.push(0);
      this.#first.push(NONE);
    }
    this.#counts[index] += this.#words.count(this.#wordOf[at]);
    const first = this.#first[index];
    if (first !== NONE) this.#previous[first] = at;
    this.#next[at] = first;
    this.#previous[at] = NONE;
    this.#first[index] = at;
  }

  /** No longer counts the pair that begins at a position. */
  #remove(at: number): void {
    const left = this.#tokens[at];
    const index = this.#pairs.get(left, this.#tokens[at + this.#lengths[left]]);
    this.#counts[index] -= this.#words.count(this.#wordOf[at]);
    const [previous, next] = [this.#previous[at], this.#next[at]];
    if (previous === NONE) this.#first[index] = next;
    else this.#next[previous] = next;
    if (next !== NONE) this.#previous[next] = previous;
  }
}
