/**
 * Shuffles numbers without a list of them.
 *
 * @module
 */

import { Random } from "../random.ts";

const ROUNDS = 6;
/** Networks over fewer bits do not mix well. */
const FEWEST_BITS = 8;

/**
 * A pseudorandom order of the numbers 0 to `count` − 1 that takes no memory: a Feistel network over the next
 * power of two, applied until the result is one of the numbers.
 *
 * @see Black and Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Permutation } from "./permutation.ts";
 *
 * const order = new Permutation(5, { seed: 0, stream: 0, index: 0 });
 * const shuffled = [0, 1, 2, 3, 4].map((place) => order.at(place));
 * assert.deepEqual(shuffled.toSorted(), [0, 1, 2, 3, 4]);
 * ```
 */
export class Permutation {
  /** How many numbers there are. */
  readonly count: number;
  readonly #keys: readonly number[];
  /** Bits of the two halves of a number, the lower one last. */
  readonly #highBits: number;
  readonly #lowBits: number;

  /**
   * @param count How many numbers, from 1 to 2⁵².
   * @param which Seed and stream of the random numbers, and which order of theirs it is, from 0.
   * @throws {RangeError} If the count is no such number.
   */
  constructor(
    count: number,
    which: { readonly seed: number; readonly stream: number; readonly index: number },
  ) {
    if (!Number.isInteger(count) || count < 1 || count > 2 ** 52) {
      throw new RangeError(`count must be an integer from 1 to 2^52, it is ${count}`);
    }
    const { seed, stream, index } = which;
    const random = Random.fromState({ seed, stream, position: index * ROUNDS });
    this.count = count;
    this.#keys = Array.from({ length: ROUNDS }, () => random.word());
    const bits = Math.max(FEWEST_BITS, Math.ceil(Math.log2(count)));
    this.#highBits = bits >> 1;
    this.#lowBits = bits - this.#highBits;
  }

  /**
   * The number at a place of the order.
   *
   * @param place From 0 to `count` − 1.
   */
  at(place: number): number {
    let number = place;
    // The domain is less than twice as large, unless it is small, so this is soon done.
    do number = this.#mix(number); while (number >= this.count);
    return number;
  }

  #mix(number: number): number {
    const [highSize, lowSize] = [2 ** this.#highBits, 2 ** this.#lowBits];
    let low = number % lowSize;
    let high = (number - low) / lowSize;
    for (let round = 0; round < ROUNDS; round += 2) {
      high = (high ^ hash(low ^ this.#keys[round])) >>> 0 & (highSize - 1);
      low = (low ^ hash(high ^ this.#keys[round + 1])) >>> 0 & (lowSize - 1);
    }
    return high * lowSize + low;
  }
}

/** The finalizer of MurmurHash3: every bit of the result depends on every bit of the word. */
function hash(word: number): number {
  word = Math.imul(word ^ word >>> 16, 0x85ebca6b);
  word = Math.imul(word ^ word >>> 13, 0xc2b2ae35);
  return word ^ word >>> 16;
}
