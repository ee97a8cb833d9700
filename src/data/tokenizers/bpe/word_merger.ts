/**
 * Applies merges to one word.
 *
 * @module
 */

import { Heap } from "./heap.ts";
import type { PairTable } from "./pair_table.ts";

/** Above this, searching all pairs before every merge costs more than keeping them in a heap. */
const SHORT_WORD_BYTES = 64;

const NONE = -1;
const POSITIONS = 2 ** 32;

/**
 * Merges the bytes of words into tokens: of all pairs that can be merged always the one whose merge was learned
 * first, at the leftmost place where it stands.
 */
export class WordMerger {
  readonly #merges: PairTable;
  #ids = new Int32Array(SHORT_WORD_BYTES);
  readonly #merged = new Int32Array(SHORT_WORD_BYTES);

  /** @param merges The token that each pair makes; tokens are numbered in the order they were learned. */
  constructor(merges: PairTable) {
    this.#merges = merges;
  }

  /**
   * The tokens of a word.
   *
   * @returns A view that is valid until the next call.
   */
  merge(bytes: Uint8Array, start: number, end: number): Int32Array {
    const length = end - start;
    if (length > this.#ids.length) this.#ids = new Int32Array(2 * length);
    for (let at = 0; at < length; at++) this.#ids[at] = bytes[start + at];
    return length <= SHORT_WORD_BYTES ? this.#mergeShort(length) : this.#mergeLong(length);
  }

  #mergeShort(length: number): Int32Array {
    const [ids, merged, merges] = [this.#ids, this.#merged, this.#merges];
    for (let at = 0; at + 1 < length; at++) merged[at] = merges.get(ids[at], ids[at + 1]);
    for (;;) {
      let best = NONE;
      for (let at = 0; at + 1 < length; at++) {
        if (merged[at] !== NONE && (best === NONE || merged[at] < merged[best])) best = at;
      }
      if (best === NONE) return ids.subarray(0, length);
      ids[best] = merged[best];
      length--;
      for (let at = best + 1; at < length; at++) {
        ids[at] = ids[at + 1];
        merged[at] = merged[at + 1];
      }
      if (best > 0) merged[best - 1] = merges.get(ids[best - 1], ids[best]);
      merged[best] = best + 1 < length ? merges.get(ids[best], ids[best + 1]) : NONE;
    }
  }

  #mergeLong(length: number): Int32Array {
    const [ids, merges] = [this.#ids, this.#merges];
    const next = Int32Array.from({ length }, (_, at) => at + 1);
    const previous = Int32Array.from({ length }, (_, at) => at - 1);
    /** Possible merges: their token · 2³² + their place. */
    const heap = new Heap((a, b) => a < b);
    const consider = (at: number) => {
      if (at === NONE || next[at] === length) return;
      const token = merges.get(ids[at], ids[next[at]]);
      if (token !== NONE) heap.push(token * POSITIONS + at);
    };
    for (let at = 0; at < length; at++) consider(at);
    for (let key = heap.pop(); key !== undefined; key = heap.pop()) {
      const at = key % POSITIONS;
      const token = (key - at) / POSITIONS;
      // What stood there may have been merged since.
      if (ids[at] === NONE || next[at] === length) continue;
      if (merges.get(ids[at], ids[next[at]]) !== token) continue;
      const gone = next[at];
      ids[at] = token;
      ids[gone] = NONE;
      next[at] = next[gone];
      if (next[at] < length) previous[next[at]] = at;
      consider(previous[at]);
      consider(at);
    }
    let count = 0;
    for (let at = 0; at < length; at = next[at]) ids[count++] = ids[at];
    return ids.subarray(0, count);
  }
}
