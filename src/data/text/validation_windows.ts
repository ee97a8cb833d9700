/**
 * Batches to evaluate on: every token of a text is predicted once.
 *
 * @module
 */

import { InputError } from "../../errors.ts";
import { IGNORED_TARGET } from "../../ops/cross_entropy.ts";
import { type BatchShape, checkArrays, checkShape, type TextBatch, whenRead } from "./batches.ts";
import { type Tokens, type TokenSource, tokenSource } from "./token_source.ts";

/** How windows lie. */
export interface ValidationShape extends BatchShape {
  /**
   * Tokens from one window to the next, by default T: windows do not overlap. With fewer, every token but the first
   * T is predicted from at least T − stride tokens before it, at the price of T / stride times the work.
   */
  readonly stride?: number;
}

/**
 * Validation batches: the whole text, in windows that do not overlap or that slide; every target counts once.
 *
 * The last window and the last batch are filled up with ignored positions.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { ValidationWindows } from "./validation_windows.ts";
 *
 * const windows = new ValidationWindows(Int32Array.of(5, 6, 7, 8), { batch: 1, context: 2 });
 * const [tokens, targets] = [new Int32Array(2), new Int32Array(2)];
 * await windows.fill(1, tokens, targets);
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
  readonly #tokens: TokenSource;
  readonly #shape: BatchShape;
  readonly #stride: number;
  readonly #windows: number;

  /**
   * Batches of a text to evaluate on.
   *
   * @param tokens The text; one shorter than the context makes one partial window.
   * @param shape Windows per batch, tokens per window, and how far they are apart.
   * @throws {InputError} If the text has no token to predict.
   * @throws {RangeError} If the stride is not an integer from 1 to T.
   */
  constructor(tokens: Tokens, { batch, context, stride = context }: ValidationShape) {
    this.#shape = { batch, context };
    checkShape(this.#shape);
    if (!Number.isInteger(stride) || stride < 1 || stride > context) {
      throw new RangeError(`a stride of ${stride} leaves out tokens of a context of ${context}`);
    }
    if (tokens.length < 2) {
      throw new InputError(
        `Cannot evaluate on ${tokens.length === 1 ? "1 token" : "no tokens"}: at least 2 are ` +
          `needed, use a longer text`,
      );
    }
    this.targets = tokens.length - 1;
    this.#windows = 1 + Math.ceil(Math.max(0, this.targets - context) / stride);
    this.batches = Math.ceil(this.#windows / batch);
    this.#tokens = tokenSource(tokens);
    this.#stride = stride;
  }

  /**
   * Writes one batch.
   *
   * @param index Which batch, 0 to {@linkcode ValidationWindows.batches} − 1.
   * @param tokens Receives the windows, (B, T); 0 where the text has ended.
   * @param targets Receives the token after each, (B, T); −100 where the text has ended or the window before has
   * counted it.
   * @returns Nothing if it is there already, else a promise of it.
   * @throws {RangeError} If there is no such batch or an array is not of B · T elements.
   */
  fill(index: number, tokens: Int32Array, targets: Int32Array): void | Promise<void> {
    const { batch, context } = this.#shape;
    if (!Number.isInteger(index) || index < 0 || index >= this.batches) {
      throw new RangeError(`there is no batch ${index} among ${this.batches}`);
    }
    checkArrays(this.#shape, tokens, targets);
    const first = index * batch;
    const count = Math.min(batch, this.#windows - first);
    // Windows follow one another, so those of a batch are one run of the text.
    const start = first * this.#stride;
    const end = Math.min(this.targets, start + (count - 1) * this.#stride + context);
    const run = new Int32Array(end - start + 1);
    return whenRead([this.#tokens.read(start, run)], () => {
      tokens.fill(0);
      targets.fill(IGNORED_TARGET);
      for (let row = 0; row < count; row++) {
        const from = row * this.#stride;
        const length = Math.min(context, end - start - from);
        const counted = first + row === 0 ? 0 : context - this.#stride;
        tokens.set(run.subarray(from, from + length), row * context);
        targets.set(run.subarray(from + 1 + counted, from + 1 + length), row * context + counted);
      }
    });
  }

  /** All batches in order. Each is written over when the next is asked for. */
  async *[Symbol.asyncIterator](): AsyncGenerator<TextBatch> {
    const length = this.#shape.batch * this.#shape.context;
    const batch = { tokens: new Int32Array(length), targets: new Int32Array(length) };
    for (let index = 0; index < this.batches; index++) {
      await this.fill(index, batch.tokens, batch.targets);
      yield batch;
    }
  }
}
