/**
 * Splits a text that comes in pieces into pre-tokens and special tokens.
 *
 * @module
 */

import { WholeCharacters } from "../../text/utf8.ts";
import { pretokenEnd, UNDECIDED } from "./pretokens.ts";
import type { SpecialTokens } from "./special_tokens.ts";

/** Receives what a text is split into, in order. */
export interface PretokenSink {
  /** A pre-token, whose bytes are valid during the call. */
  pretoken(bytes: Uint8Array, start: number, end: number): void;
  /** A special token, by its place in the list. */
  special(index: number): void;
}

/**
 * Splits a text. Where its pieces end does not change the result; a pre-token is kept until it is known to be
 * complete, so memory grows with the longest of them only.
 */
export class PretokenStream {
  readonly #specials: SpecialTokens;
  readonly #sink: PretokenSink;
  readonly #characters = new WholeCharacters();
  readonly #encoder = new TextEncoder();
  /** Bytes that are not split yet. */
  #kept = new Uint8Array(1024);
  #keptLength = 0;
  /** While so few are kept, it is known that they cannot be split. */
  #hopelessLength = 0;

  constructor(specials: SpecialTokens, sink: PretokenSink) {
    this.#specials = specials;
    this.#sink = sink;
  }

  /** Takes a piece of the text. */
  push(text: string): void {
    this.pushBytes(this.#encoder.encode(this.#characters.push(text)));
  }

  /** Takes a piece of the text as UTF-8, or other bytes; it may end within a character. */
  pushBytes(bytes: Uint8Array): void {
    if (this.#keptLength === 0) {
      this.#keep(bytes.subarray(this.#split(bytes, bytes.length, false)));
      return;
    }
    this.#keep(bytes);
    if (this.#keptLength < this.#hopelessLength) return;
    const done = this.#split(this.#kept, this.#keptLength, false);
    this.#kept.copyWithin(0, done, this.#keptLength);
    this.#keptLength -= done;
    // Looking at one long word again with every piece would take quadratic time.
    this.#hopelessLength = done === 0 ? 2 * this.#keptLength : 0;
  }

  /** Splits what is left; another text can follow. */
  flush(): void {
    this.#keep(this.#encoder.encode(this.#characters.flush()));
    this.#split(this.#kept, this.#keptLength, true);
    this.#keptLength = 0;
    this.#hopelessLength = 0;
  }

  #keep(bytes: Uint8Array): void {
    const needed = this.#keptLength + bytes.length;
    if (needed > this.#kept.length) {
      const kept = new Uint8Array(Math.max(needed, 2 * this.#kept.length));
      kept.set(this.#kept.subarray(0, this.#keptLength));
      this.#kept = kept;
    }
    this.#kept.set(bytes, this.#keptLength);
    this.#keptLength = needed;
  }

  /** Passes on what is certain and returns where that ends. */
  #split(bytes: Uint8Array, end: number, isLast: boolean): number {
    const limit = isLast ? end : this.#specials.certainEnd(bytes, end);
    let at = 0;
    for (;;) {
      const special = this.#specials.find(bytes, at, limit, end);
      const sectionEnd = special?.start ?? Math.max(at, limit);
      at = this.#splitSection(bytes, at, sectionEnd, isLast || special !== undefined);
      if (special === undefined) return at;
      this.#sink.special(special.index);
      at = special.end;
    }
  }

  #splitSection(bytes: Uint8Array, start: number, end: number, isLast: boolean): number {
    let at = start;
    while (at < end) {
      const pretoken = pretokenEnd(bytes, at, end, isLast);
      if (pretoken === UNDECIDED) break;
      this.#sink.pretoken(bytes, at, pretoken);
      at = pretoken;
    }
    return at;
  }
}
