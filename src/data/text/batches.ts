/**
 * Batches of tokens: B windows of T tokens, each with the token that follows as target.
 *
 * @module
 */

import { IGNORED_TARGET } from "../../ops/cross_entropy.ts";
import type { RandomState } from "../../random.ts";

/** Size of a batch. */
export interface BatchShape {
  /** B, the number of windows. */
  readonly batch: number;
  /** T, the tokens of a window. */
  readonly context: number;
}

/** One batch, (B·T) ids each, row by row. */
export interface TextBatch {
  /** What the model reads. */
  readonly tokens: Int32Array;
  /** What each position should predict; −100 does not count. */
  readonly targets: Int32Array;
}

/** Training batches, in an order that can be gone on with. */
export interface BatchStream {
  /**
   * Writes the next batch; the one before must be there.
   *
   * @param tokens Receives the windows, (B, T).
   * @param targets Receives the token after each, (B, T); −100 where there is none.
   * @returns Nothing if it is there already, else a promise of it.
   * @throws {RangeError} If either array is not of B · T elements.
   */
  fill(tokens: Int32Array, targets: Int32Array): void | Promise<void>;
  /** Where the next batch begins, as plain data. */
  state(): RandomState;
  /** Gives back what it holds, if anything, once no more batches are wanted. */
  [Symbol.dispose]?(): void;
}

/**
 * Checks the size of a batch.
 *
 * @throws {RangeError} If there can be no such batch.
 */
export function checkShape({ batch, context }: BatchShape): void {
  for (const size of [batch, context]) {
    if (!Number.isInteger(size) || size < 1) {
      throw new RangeError(`a batch of ${batch} windows of ${context} tokens is impossible`);
    }
  }
}

/**
 * Checks that arrays have room for a batch, and no more.
 *
 * @throws {RangeError} If an array is not of B · T elements.
 */
export function checkArrays({ batch, context }: BatchShape, ...arrays: Int32Array[]): void {
  for (const { length } of arrays) {
    if (length !== batch * context) {
      throw new RangeError(`a batch of (${batch}, ${context}) does not fit ${length} elements`);
    }
  }
}

/**
 * Writes a window as a row of a batch.
 *
 * @param window Its tokens and the one behind them; fewer than T + 1 leave the rest of the row without targets.
 * @param row Which row.
 */
export function writeRow(
  { context }: BatchShape,
  window: Int32Array,
  row: number,
  tokens: Int32Array,
  targets: Int32Array,
): void {
  const [start, end] = [row * context, (row + 1) * context];
  const filled = start + window.length - 1;
  for (let from = 0, to = start; to < filled; from++, to++) {
    tokens[to] = window[from];
    targets[to] = window[from + 1];
  }
  tokens.fill(0, filled, end);
  targets.fill(IGNORED_TARGET, filled, end);
}

/** Calls back once everything is there: at once, if nothing has to be waited for. */
export function whenRead(
  reads: readonly (void | Promise<void>)[],
  then: () => void,
): void | Promise<void> {
  const pending = reads.filter((read) => read !== undefined);
  if (pending.length === 0) then();
  else return Promise.all(pending).then(then);
}
