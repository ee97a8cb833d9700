/**
 * A map from pairs of token ids to numbers.
 *
 * @module
 */

/** Numbers in a slot: left, right, value. */
const SLOT = 3;
const EMPTY = -1;

/**
 * A hash table with open addressing; a `Map` would need a string or a large number for every look-up.
 *
 * Ids and values are integers from 0 to 2³¹ − 1.
 */
export class PairTable {
  #slots: Int32Array;
  #capacity: number;
  #size = 0;

  /** @param expected How many pairs there may be before it has to grow. */
  constructor(expected = 0) {
    this.#capacity = 2 ** Math.max(4, Math.ceil(Math.log2(2 * expected + 1)));
    this.#slots = new Int32Array(SLOT * this.#capacity).fill(EMPTY);
  }

  /** The value of a pair, or −1 if it has none. */
  get(left: number, right: number): number {
    return this.#slots[this.#find(left, right) + 2];
  }

  /** Gives a pair a value. */
  set(left: number, right: number, value: number): void {
    const slot = this.#find(left, right);
    const isNew = this.#slots[slot] === EMPTY;
    this.#slots[slot] = left;
    this.#slots[slot + 1] = right;
    this.#slots[slot + 2] = value;
    if (isNew && 2 * ++this.#size > this.#capacity) this.#grow();
  }

  /** Where a pair is, or the empty slot where it would be. */
  #find(left: number, right: number): number {
    const mask = this.#capacity - 1;
    let hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right + 1, 0x85ebca6b);
    hash ^= hash >>> 15;
    for (let at = hash & mask;; at = (at + 1) & mask) {
      const slot = SLOT * at;
      const found = this.#slots[slot];
      if (found === EMPTY || found === left && this.#slots[slot + 1] === right) return slot;
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#capacity *= 2;
    this.#slots = new Int32Array(SLOT * this.#capacity).fill(EMPTY);
    for (let slot = 0; slot < old.length; slot += SLOT) {
      if (old[slot] !== EMPTY) {
        this.#slots.set(old.subarray(slot, slot + SLOT), this.#find(old[slot], old[slot + 1]));
      }
    }
  }
}
