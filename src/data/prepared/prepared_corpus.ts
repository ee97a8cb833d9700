/**
 * Data as it is trained on: the tokens of its parts, on disk or in memory.
 *
 * @module
 */

import type { PartName } from "../text/corpus.ts";
import type { Tokens } from "../text/token_source.ts";
import type { DataCard } from "./data_card.ts";

/** A part as tokens. */
export interface PreparedPart {
  /** Its tokens. */
  readonly tokens: Tokens;
  /** How many documents they are; 0: one running text. */
  readonly documents: number;
  /** UTF-8 bytes of what is predicted, all but the first token. */
  readonly predictedBytes: number;
}

/** Tokenized data. Dispose it when done. */
export class PreparedCorpus implements Disposable {
  /** Its folder and what is written there; undefined if it is in memory only. */
  readonly entry: { readonly path: string; readonly card: DataCard } | undefined;
  readonly #parts: ReadonlyMap<PartName, PreparedPart>;

  /**
   * Tokenized data.
   *
   * @param parts The parts that can be read.
   * @param entry Its folder and what is written there, if it has one.
   */
  constructor(
    parts: ReadonlyMap<PartName, PreparedPart>,
    entry?: { readonly path: string; readonly card: DataCard },
  ) {
    this.entry = entry;
    this.#parts = parts;
  }

  /**
   * A part of it.
   *
   * @throws {RangeError} If it was not asked for when the data was loaded.
   */
  part(name: PartName): PreparedPart {
    const part = this.#parts.get(name);
    if (part === undefined) throw new RangeError(`the part ${name} of the data was not loaded`);
    return part;
  }

  /** Closes the files. */
  [Symbol.dispose](): void {
    for (const { tokens } of this.#parts.values()) {
      if (Symbol.dispose in tokens) (tokens as Tokens & Disposable)[Symbol.dispose]();
    }
  }
}
