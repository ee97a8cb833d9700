/**
 * A list of integers that grows.
 *
 * @module
 */

/** 32-bit integers, four bytes each. */
export class IntList {
  #items: Int32Array;
  #length = 0;

  /** @param capacity How many there may be before it has to grow. */
  constructor(capacity = 16) {
    this.#items = new Int32Array(Math.max(capacity, 16));
  }

  /** How many there are. */
  get length(): number {
    return this.#length;
  }

  /** Appends an integer. */
  push(item: number): void {
    if (this.#length === this.#items.length) this.#reserve(this.#length + 1);
    this.#items[this.#length++] = item;
  }

  /** Appends several. */
  append(items: Int32Array): void {
    if (this.#length + items.length > this.#items.length) {
      this.#reserve(this.#length + items.length);
    }
    this.#items.set(items, this.#length);
    this.#length += items.length;
  }

  /** Forgets them all, and keeps the room. */
  clear(): void {
    this.#length = 0;
  }

  /** The integer at a place, which must be one of the list. */
  at(index: number): number {
    return this.#items[index];
  }

  /** A copy of all of them. */
  copy(): Int32Array {
    return this.#items.slice(0, this.#length);
  }

  #reserve(length: number): void {
    const items = new Int32Array(Math.max(length, Math.ceil(1.5 * this.#items.length)));
    items.set(this.#items.subarray(0, this.#length));
    this.#items = items;
  }
}
