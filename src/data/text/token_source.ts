/**
 * Tokens that are read in parts, whether they are in memory or on disk.
 *
 * @module
 */

/** Tokens that are read in parts. */
export interface TokenSource {
  /** How many there are. */
  readonly length: number;
  /**
   * Reads as many as fit.
   *
   * @param start Place of the first one.
   * @param into Receives them. There must be as many from `start` on.
   * @returns Nothing if they are there already, else a promise of them.
   */
  read(start: number, into: Int32Array): void | Promise<void>;
}

/** Tokens, all in one array or read in parts. */
export type Tokens = Int32Array | TokenSource;

/** Whether something is tokens, and not batches of them. */
export function isTokens(data: object): data is Tokens {
  return data instanceof Int32Array || "read" in data;
}

/** Tokens as what can be read in parts. */
export function tokenSource(tokens: Tokens): TokenSource {
  return tokens instanceof Int32Array ? new MemoryTokens(tokens) : tokens;
}

/** Tokens in memory. */
export class MemoryTokens implements TokenSource {
  readonly #ids: Int32Array | Uint32Array | Uint16Array;

  /**
   * Tokens in memory.
   *
   * @param ids All of them, in integers of any size.
   */
  constructor(ids: Int32Array | Uint32Array | Uint16Array) {
    this.#ids = ids;
  }

  get length(): number {
    return this.#ids.length;
  }

  read(start: number, into: Int32Array): void {
    for (let at = 0; at < into.length; at++) into[at] = this.#ids[start + at];
  }
}
