/**
 * Finds special tokens, such as `<|endoftext|>`, in a text.
 *
 * @module
 */

/** A special token in a text. */
export interface FoundToken {
  /** Which one, by its place in the list. */
  readonly index: number;
  /** Where its bytes are. */
  readonly start: number;
  readonly end: number;
}

/** The special tokens of a vocabulary, none of them empty. */
export class SpecialTokens {
  readonly #tokens: readonly Uint8Array[];
  /** Places in the list, the longest tokens first. */
  readonly #longestFirst: readonly number[];
  readonly #firstBytes: readonly number[];
  readonly #longest: number;

  /** @param texts How they are written in a text. */
  constructor(texts: readonly string[]) {
    const encoder = new TextEncoder();
    this.#tokens = texts.map((text) => encoder.encode(text));
    this.#longestFirst = [...this.#tokens.keys()]
      .sort((a, b) => this.#tokens[b].length - this.#tokens[a].length);
    this.#firstBytes = [...new Set(this.#tokens.map((token) => token[0]))];
    this.#longest = Math.max(0, ...this.#tokens.map(({ length }) => length));
  }

  /**
   * Finds the first special token, and at one place the longest.
   *
   * @param from Where it may begin.
   * @param limit Where it may no longer begin.
   * @param end Where the bytes end.
   */
  find(bytes: Uint8Array, from: number, limit: number, end: number): FoundToken | undefined {
    let start = this.#candidate(bytes, from, limit);
    while (start < limit) {
      for (const index of this.#longestFirst) {
        const { length } = this.#tokens[index];
        if (start + length <= end && this.#agrees(index, bytes, start, length)) {
          return { index, start, end: start + length };
        }
      }
      start = this.#candidate(bytes, start + 1, limit);
    }
    return undefined;
  }

  /** Where the bytes end that can be no part of a special token, whatever follows them. */
  certainEnd(bytes: Uint8Array, end: number): number {
    for (let start = Math.max(0, end - this.#longest + 1); start < end; start++) {
      const length = end - start;
      for (const [index, token] of this.#tokens.entries()) {
        if (length < token.length && this.#agrees(index, bytes, start, length)) return start;
      }
    }
    return end;
  }

  /** The next place where any of them could begin, or `limit`. */
  #candidate(bytes: Uint8Array, from: number, limit: number): number {
    let nearest = limit;
    for (const first of this.#firstBytes) {
      const found = bytes.subarray(from, nearest).indexOf(first);
      if (found >= 0) nearest = from + found;
    }
    return nearest;
  }

  /** Whether the first bytes of a token stand at a place. */
  #agrees(index: number, bytes: Uint8Array, start: number, length: number): boolean {
    const token = this.#tokens[index];
    for (let at = 0; at < length; at++) if (bytes[start + at] !== token[at]) return false;
    return true;
  }
}
