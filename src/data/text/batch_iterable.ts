/**
 * Custom training batches: whatever can be iterated over.
 *
 * @module
 */

import { type BatchShape, type BatchStream, checkArrays, type TextBatch } from "./batches.ts";
import type { RandomState } from "../../random.ts";

/** Batches that can be iterated over, at once or as they come. */
export type BatchIterable = Iterable<TextBatch> | AsyncIterable<TextBatch>;

/**
 * Training batches from an iterable. When it ends it is iterated over again, as the next epoch.
 *
 * Its state is how many batches were taken; to go on from there, as many are taken and thrown away.
 */
export class IteratedBatches implements BatchStream {
  readonly #batches: BatchIterable;
  readonly #shape: BatchShape;
  readonly #start: RandomState;
  #iterator: Iterator<TextBatch> | AsyncIterator<TextBatch> | undefined;
  #isDisposed = false;
  /** Batches taken, those before the start included. */
  #position = 0;

  /**
   * Batches from an iterable.
   *
   * @param batches The iterable.
   * @param shape Size of each of its batches.
   * @param start How many were taken before.
   */
  constructor(batches: BatchIterable, shape: BatchShape, start: RandomState) {
    this.#batches = batches;
    this.#shape = shape;
    this.#start = start;
  }

  /**
   * Writes the next batches, one behind the other.
   *
   * @param tokens Receives (B, T) tokens of each; its length decides how many.
   * @param targets Receives (B, T) targets of each.
   * @throws {RangeError} If a batch is not of B · T elements, or there is none at all.
   */
  async fill(tokens: Int32Array, targets: Int32Array): Promise<void> {
    while (this.#position < this.#start.position) await this.#next();
    const length = this.#shape.batch * this.#shape.context;
    for (let at = 0; at < tokens.length; at += length) {
      const batch = await this.#next();
      checkArrays(this.#shape, batch.tokens, batch.targets);
      tokens.set(batch.tokens, at);
      targets.set(batch.targets, at);
    }
  }

  state(): RandomState {
    return { ...this.#start, position: Math.max(this.#position, this.#start.position) };
  }

  /** Ends the iteration, so that a generator can close what it has opened. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    const close = async () => await this.#iterator?.return?.();
    // Nobody waits for it; a failure to close is no failure of what was done with the batches.
    close().catch(() => {});
  }

  async #next(): Promise<TextBatch> {
    this.#iterator ??= this.#open();
    let { value, done } = await this.#iterator.next();
    if (done) {
      this.#iterator = this.#open();
      ({ value, done } = await this.#iterator.next());
    }
    if (done) {
      throw new RangeError(
        `there is no batch ${this.#position + 1}: the iterable gives none ` +
          (this.#position > 0 ? "when it is iterated over again" : "at all"),
      );
    }
    this.#position++;
    return value;
  }

  /** A batch that is read ahead may still be asked for when no more are wanted. */
  #open(): Iterator<TextBatch> | AsyncIterator<TextBatch> {
    if (this.#isDisposed) throw new TypeError("no more batches: the stream was disposed");
    return Symbol.asyncIterator in this.#batches
      ? this.#batches[Symbol.asyncIterator]()
      : this.#batches[Symbol.iterator]();
  }
}
