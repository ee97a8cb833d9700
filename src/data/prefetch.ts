/**
 * Training batches that are read while the one before is computed with.
 *
 * @module
 */

import type { BatchStream, TextBatch } from "./text/batches.ts";
import type { RandomState } from "../random.ts";

/** A stream that is always one batch ahead of what it has given. */
export class PrefetchedBatches implements BatchStream {
  readonly #stream: BatchStream;
  readonly #ahead: TextBatch;
  /** The batch behind the one that was given, being read. */
  #pending: Promise<void> | undefined;
  #state: RandomState;

  /**
   * @param stream Where the batches come from.
   * @param length Elements of a batch.
   */
  constructor(stream: BatchStream, length: number) {
    this.#stream = stream;
    this.#ahead = { tokens: new Int32Array(length), targets: new Int32Array(length) };
    this.#state = stream.state();
  }

  async fill(tokens: Int32Array, targets: Int32Array): Promise<void> {
    this.#pending ??= this.#read();
    await this.#pending;
    tokens.set(this.#ahead.tokens);
    targets.set(this.#ahead.targets);
    this.#state = this.#stream.state();
    this.#pending = this.#read();
    // If nobody asks for it any more, nobody needs to know that it could not be read.
    this.#pending.catch(() => {});
  }

  state(): RandomState {
    return this.#state;
  }

  [Symbol.dispose](): void {
    this.#stream[Symbol.dispose]?.();
  }

  async #read(): Promise<void> {
    await this.#stream.fill(this.#ahead.tokens, this.#ahead.targets);
  }
}
