/**
 * Texts that come in pieces.
 *
 * @module
 */

/** The pieces of a text, in order; they may end anywhere, even within a character. */
export type TextChunks = Iterable<string> | AsyncIterable<string>;
