/**
 * Training batches that see every token once per epoch.
 *
 * @module
 */

import {
  type BatchShape,
  type BatchStream,
  checkArrays,
  checkShape,
  whenRead,
  writeRow,
} from "./batches.ts";
import { Permutation } from "../permutation.ts";
import type { RandomState } from "../../random.ts";
import { checkTrainingLength } from "./random_windows.ts";
import { type Tokens, type TokenSource, tokenSource } from "./token_source.ts";

/**
 * Training batches: the tokens, documents packed one after the other, in windows that do not overlap, each once per
 * epoch, in an order that is shuffled anew for each. The last window may be short; its rest has no targets.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { EpochWindows } from "./epoch_windows.ts";
 *
 * const start = { seed: 0, stream: 0, position: 0 };
 * const windows = new EpochWindows(Int32Array.of(5, 6, 7, 8, 9), { batch: 2, context: 2 }, start);
 * const [tokens, targets] = [new Int32Array(4), new Int32Array(4)];
 * await windows.fill(tokens, targets);
 * assert.equal(windows.windowsPerEpoch, 2);
 * assert.deepEqual([...targets].toSorted(), [6, 7, 8, 9]);
 * ```
 */
export class EpochWindows implements BatchStream {
  /** How many windows there are. */
  readonly windowsPerEpoch: number;
  readonly #tokens: TokenSource;
  readonly #shape: BatchShape;
  readonly #start: RandomState;
  readonly #windows: readonly Int32Array[];
  /** Windows taken in all epochs together. */
  #position: number;
  #epoch = -1;
  #order: Permutation | undefined;

  /**
   * Batches of tokens.
   *
   * @param tokens The tokens.
   * @param shape Windows per batch and tokens per window.
   * @param start Seed and stream of the order, and how many windows were taken before.
   * @throws {InputError} If there are fewer tokens than one window and its last target.
   */
  constructor(tokens: Tokens, shape: BatchShape, start: RandomState) {
    checkShape(shape);
    checkTrainingLength(tokens.length, shape.context);
    this.windowsPerEpoch = Math.ceil((tokens.length - 1) / shape.context);
    this.#tokens = tokenSource(tokens);
    this.#shape = shape;
    this.#start = start;
    this.#position = start.position;
    this.#windows = Array.from({ length: shape.batch }, () => new Int32Array(shape.context + 1));
  }

  fill(tokens: Int32Array, targets: Int32Array): void | Promise<void> {
    checkArrays(this.#shape, tokens, targets);
    const { context } = this.#shape;
    const windows = this.#windows.map((window) => {
      const start = this.#next() * context;
      return { start, window: window.subarray(0, this.#tokens.length - start) };
    });
    return whenRead(windows.map(({ start, window }) => this.#tokens.read(start, window)), () => {
      windows.forEach(({ window }, row) => writeRow(this.#shape, window, row, tokens, targets));
    });
  }

  state(): RandomState {
    return { ...this.#start, position: this.#position };
  }

  /** The number of the next window. */
  #next(): number {
    const place = this.#position % this.windowsPerEpoch;
    const epoch = (this.#position - place) / this.windowsPerEpoch;
    if (this.#order === undefined || epoch !== this.#epoch) {
      const { seed, stream } = this.#start;
      this.#order = new Permutation(this.windowsPerEpoch, { seed, stream, index: epoch });
      this.#epoch = epoch;
    }
    this.#position++;
    return this.#order.at(place);
  }
}
