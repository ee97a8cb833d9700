/**
 * Training batches of a running text: windows that begin anywhere.
 *
 * @module
 */

import { InputError } from "../../errors.ts";
import {
  type BatchShape,
  type BatchStream,
  checkArrays,
  checkShape,
  whenRead,
  writeRow,
} from "./batches.ts";
import type { Random, RandomState } from "../../random.ts";
import { type Tokens, type TokenSource, tokenSource } from "./token_source.ts";

/**
 * Training batches: each window starts anywhere in the text, uniformly and independently.
 *
 * The generator passed in is the whole state, so saving and restoring it resumes the batches.
 */
export class RandomWindows implements BatchStream {
  readonly #tokens: TokenSource;
  readonly #shape: BatchShape;
  readonly #random: Random;
  readonly #windows: readonly Int32Array[];

  /**
   * Batches of a training text.
   *
   * @param tokens The training text.
   * @param shape Windows per batch and tokens per window.
   * @param random Where the offsets come from, one per window.
   * @throws {InputError} If the text is shorter than one window and its last target.
   */
  constructor(tokens: Tokens, shape: BatchShape, random: Random) {
    checkShape(shape);
    checkTrainingLength(tokens.length, shape.context);
    this.#tokens = tokenSource(tokens);
    this.#shape = shape;
    this.#random = random;
    this.#windows = Array.from({ length: shape.batch }, () => new Int32Array(shape.context + 1));
  }

  fill(tokens: Int32Array, targets: Int32Array): void | Promise<void> {
    checkArrays(this.#shape, tokens, targets);
    const starts = this.#tokens.length - this.#shape.context;
    const reads = this.#windows.map((window) =>
      this.#tokens.read(this.#random.integer(starts), window)
    );
    return whenRead(reads, () => {
      this.#windows.forEach((window, row) => writeRow(this.#shape, window, row, tokens, targets));
    });
  }

  state(): RandomState {
    return this.#random.state();
  }
}

/**
 * Checks that a text is long enough to train on.
 *
 * @throws {InputError} If it is shorter than one window and its last target.
 */
export function checkTrainingLength(length: number, context: number): void {
  if (length >= context + 1) return;
  const remedy = length > 1 ? ` or a context of at most ${length - 1}` : "";
  throw new InputError(
    `Cannot train with a context of ${context}: the training split has ${length} ` +
      `tokens and ${context + 1} are needed, use a longer text${remedy}`,
  );
}
