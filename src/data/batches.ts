/**
 * Batches of a continuous text: B windows of T tokens, each with the token that follows as target.
 *
 * @module
 */

import { InputError } from "../errors.ts";
import type { Random } from "./random.ts";

/** The target of a position that does not count. */
export const ignoredTarget: number = -100;

/** Size of a batch. */
export interface BatchShape {
  /** B, the number of windows. */
  readonly batch: number;
  /** T, the tokens of a window. */
  readonly context: number;
}

/**
 * Training batches: each window starts anywhere in the text, uniformly and independently.
 *
 * The generator passed in is the whole state, so saving and restoring it resumes the batches.
 */
export class RandomWindows {
  readonly #tokens: Int32Array;
  readonly #shape: BatchShape;
  readonly #random: Random;

  /**
   * Batches of a training text.
   *
   * @param tokens The training text.
   * @param shape Windows per batch and tokens per window.
   * @param random Where the offsets come from, one per window.
   * @throws {InputError} If the text is shorter than one window and its last target.
   */
  constructor(tokens: Int32Array, shape: BatchShape, random: Random) {
    checkShape(shape);
    const { context } = shape;
    if (tokens.length < context + 1) {
      const remedy = tokens.length > 1 ? ` or a context of at most ${tokens.length - 1}` : "";
      throw new InputError(
        `Cannot train with a context of ${context}: the training split has ${tokens.length} ` +
          `tokens and ${context + 1} are needed, use a longer text${remedy}`,
      );
    }
    this.#tokens = tokens;
    this.#shape = shape;
    this.#random = random;
  }

  /**
   * Writes the next batch; allocates nothing.
   *
   * @param tokens Receives the windows, (B, T).
   * @param targets Receives the token after each, (B, T).
   * @throws {RangeError} If either array is not of B · T elements.
   */
  fill(tokens: Int32Array, targets: Int32Array): void {
    const { batch, context } = this.#shape;
    checkArrays(this.#shape, tokens, targets);
    const starts = this.#tokens.length - context;
    for (let row = 0; row < batch; row++) {
      copyWindow(this.#tokens, this.#random.integer(starts), context, tokens, targets, row);
    }
  }
}

/**
 * Validation batches: the whole text once, in windows that do not overlap, every target counted.
 *
 * The last window and the last batch are filled up with ignored positions.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { ValidationWindows } from "./batches.ts";
 *
 * const windows = new ValidationWindows(Int32Array.of(5, 6, 7, 8), { batch: 1, context: 2 });
 * const [tokens, targets] = [new Int32Array(2), new Int32Array(2)];
 * windows.fill(1, tokens, targets);
 * assert.equal(windows.batches, 2);
 * assert.deepEqual([...tokens], [7, 0]);
 * assert.deepEqual([...targets], [8, -100]);
 * ```
 */
export class ValidationWindows {
  /** Batches it takes to see the whole text. */
  readonly batches: number;
  /** Targets in all batches together: every token but the first. */
  readonly targets: number;
  readonly #tokens: Int32Array;
  readonly #shape: BatchShape;

  /**
   * Batches of a text to evaluate on.
   *
   * @param tokens The text; one shorter than the context makes one partial window.
   * @param shape Windows per batch and tokens per window.
   * @throws {InputError} If the text has no token to predict.
   */
  constructor(tokens: Int32Array, shape: BatchShape) {
    checkShape(shape);
    if (tokens.length < 2) {
      throw new InputError(
        `Cannot evaluate on ${tokens.length === 1 ? "1 token" : "no tokens"}: at least 2 are ` +
          `needed, use a longer text`,
      );
    }
    this.targets = tokens.length - 1;
    this.batches = Math.ceil(this.targets / (shape.batch * shape.context));
    this.#tokens = tokens;
    this.#shape = shape;
  }

  /**
   * Writes one batch; allocates nothing.
   *
   * @param index Which batch, 0 to {@linkcode ValidationWindows.batches} − 1.
   * @param tokens Receives the windows, (B, T); 0 where the text has ended.
   * @param targets Receives the token after each, (B, T); −100 where the text has ended.
   * @returns How many targets of the batch count.
   * @throws {RangeError} If there is no such batch or an array is not of B · T elements.
   */
  fill(index: number, tokens: Int32Array, targets: Int32Array): number {
    const { batch, context } = this.#shape;
    if (!Number.isInteger(index) || index < 0 || index >= this.batches) {
      throw new RangeError(`there is no batch ${index} among ${this.batches}`);
    }
    checkArrays(this.#shape, tokens, targets);
    // Windows follow one another without overlap, so a batch is one run of the text.
    const start = index * batch * context;
    const counted = Math.min(batch * context, this.targets - start);
    copyWindow(this.#tokens, start, counted, tokens, targets, 0);
    tokens.fill(0, counted);
    targets.fill(ignoredTarget, counted);
    return counted;
  }
}

/** Copies `length` tokens from `start`, and the tokens one further on, into one row. */
function copyWindow(
  text: Int32Array,
  start: number,
  length: number,
  tokens: Int32Array,
  targets: Int32Array,
  row: number,
): void {
  for (let from = start, to = row * length; from < start + length; from++, to++) {
    tokens[to] = text[from];
    targets[to] = text[from + 1];
  }
}

function checkShape({ batch, context }: BatchShape): void {
  for (const size of [batch, context]) {
    if (!Number.isInteger(size) || size < 1) {
      throw new RangeError(`a batch of ${batch} windows of ${context} tokens is impossible`);
    }
  }
}

function checkArrays({ batch, context }: BatchShape, ...arrays: Int32Array[]): void {
  for (const { length } of arrays) {
    if (length !== batch * context) {
      throw new RangeError(`a batch of (${batch}, ${context}) does not fit ${length} elements`);
    }
  }
}
