/**
 * Distinct words, each numbered by when it came first.
 *
 * @module
 */

const EMPTY = -1;

/** A set of byte sequences in three arrays, however many they are; its indices run from 0. */
export class WordTable {
  /** Per slot of the hash table the index of a word. */
  #slots = new Int32Array(1024).fill(EMPTY);
  #hashes = new Int32Array(512);
  /** Where each word begins, and where the last ends. */
  #starts = new Int32Array(513);
  #bytes = new Uint8Array(4096);
  #size = 0;

  /** How many words there are. */
  get size(): number {
    return this.#size;
  }

  /** Bytes of all words together. */
  get byteCount(): number {
    return this.#starts[this.#size];
  }

  /** The index of a word, which is added if it is not there: then it is what `size` was before. */
  add(bytes: Uint8Array, start: number, end: number): number {
    const hash = hashOf(bytes, start, end);
    if (this.#size === this.#hashes.length) this.#growWords();
    const slot = this.#slotOf(bytes, start, end, hash);
    if (this.#slots[slot] !== EMPTY) return this.#slots[slot];
    const index = this.#size;
    const from = this.#starts[index];
    const to = from + end - start;
    if (to > this.#bytes.length) this.#growBytes(to);
    for (let source = start, at = from; at < to; source++, at++) this.#bytes[at] = bytes[source];
    this.#hashes[index] = hash;
    this.#starts[index + 1] = to;
    this.#slots[slot] = index;
    this.#size++;
    return index;
  }

  /** A view of a word's bytes, valid until another is added. */
  word(index: number): Uint8Array {
    return this.#bytes.subarray(this.#starts[index], this.#starts[index + 1]);
  }

  /** A number from 0 to 1 that a word's bytes decide, and nothing else. */
  lot(index: number): number {
    return (this.#hashes[index] >>> 0) / 2 ** 32;
  }

  /** Forgets all words, and keeps the room. */
  clear(): void {
    this.#slots.fill(EMPTY);
    this.#size = 0;
  }

  /** The slot of a word, or the empty one where it would be. */
  #slotOf(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask;; slot = (slot + 1) & mask) {
      const index = this.#slots[slot];
      if (index === EMPTY) return slot;
      if (this.#hashes[index] === hash && this.#equals(index, bytes, start, end)) return slot;
    }
  }

  #equals(index: number, bytes: Uint8Array, start: number, end: number): boolean {
    const from = this.#starts[index];
    if (this.#starts[index + 1] - from !== end - start) return false;
    for (let at = start; at < end; at++) {
      if (bytes[at] !== this.#bytes[from + at - start]) return false;
    }
    return true;
  }

  #growWords(): void {
    const capacity = 2 * this.#hashes.length;
    this.#hashes = grown(this.#hashes, new Int32Array(capacity));
    this.#starts = grown(this.#starts, new Int32Array(capacity + 1));
    this.#slots = new Int32Array(2 * capacity).fill(EMPTY);
    const mask = this.#slots.length - 1;
    for (let index = 0; index < this.#size; index++) {
      let slot = this.#hashes[index] & mask;
      while (this.#slots[slot] !== EMPTY) slot = (slot + 1) & mask;
      this.#slots[slot] = index;
    }
  }

  #growBytes(needed: number): void {
    this.#bytes = grown(this.#bytes, new Uint8Array(Math.max(needed, 2 * this.#bytes.length)));
  }
}

function grown<A extends Int32Array | Uint8Array>(from: A, to: A): A {
  to.set(from);
  return to;
}

/** FNV-1a, with its weak low bits mixed. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at], 0x01000193);
  return hash ^ hash >>> 15;
}
