/**
 * Documents as tokens: what stands between them, and batches in which each has rows of its own.
 *
 * @module
 */

import { IGNORED_TARGET } from "../../ops/cross_entropy.ts";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";

/**
 * The ids of a document with its end, so that documents can be packed one after the other: the end-of-text token,
 * or where the vocabulary has none, the end of a line.
 *
 * @param text The document.
 * @param tokenizer What encodes it.
 * @throws {InputError} As the tokenizer's `encode`.
 */
export function encodeDocument(text: string, tokenizer: Tokenizer): Int32Array {
  const ids = tokenizer.encode(text);
  const end = tokenizer.endOfText !== undefined
    ? Int32Array.of(tokenizer.endOfText)
    : tokenizer.encode(text.endsWith("\n") ? "" : "\n", { unknown: "skip" });
  const document = new Int32Array(ids.length + end.length);
  document.set(ids);
  document.set(end, ids.length);
  return document;
}

/** Rows of documents. */
export interface PaddedDocuments {
  /** B, the number of rows. */
  readonly rows: number;
  /** (B, T) tokens; where a document has ended, padding. */
  readonly tokens: Int32Array;
  /** (B, T) the token after each; −100 where there is none. */
  readonly targets: Int32Array;
}

/**
 * Lays documents out in rows that no two of them share. A document longer than a row goes on in the next one; every
 * token of a document but its first is a target once.
 *
 * @param documents Their ids.
 * @param context T, the length of a row.
 * @param padding The id behind the end of a document. It is never a target and, attention being causal, never seen.
 * @throws {RangeError} If the context is not a positive integer.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { padDocuments } from "./documents.ts";
 *
 * const { rows, tokens, targets } = padDocuments([Int32Array.of(5, 6, 7, 9)], 2);
 * assert.equal(rows, 2);
 * assert.deepEqual(tokens, Int32Array.of(5, 6, 7, 0));
 * assert.deepEqual(targets, Int32Array.of(6, 7, 9, -100));
 * ```
 */
export function padDocuments(
  documents: readonly Int32Array[],
  context: number,
  padding = 0,
): PaddedDocuments {
  if (!Number.isInteger(context) || context < 1) {
    throw new RangeError(`rows of ${context} tokens are impossible`);
  }
  const rowsOf = (document: Int32Array) => Math.ceil(Math.max(0, document.length - 1) / context);
  const rows = documents.reduce((sum, document) => sum + rowsOf(document), 0);
  const tokens = new Int32Array(rows * context).fill(padding);
  const targets = new Int32Array(rows * context).fill(IGNORED_TARGET);
  let row = 0;
  for (const document of documents) {
    // Rows of one document follow one another, so it is copied in one go.
    tokens.set(document.subarray(0, -1), row * context);
    targets.set(document.subarray(1), row * context);
    row += rowsOf(document);
  }
  return { rows, tokens, targets };
}
