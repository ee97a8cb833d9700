/**
 * Texts that come in pieces.
 *
 * @module
 */

/** The pieces of a text, in order; they may end anywhere, even within a character. */
export type TextChunks = Iterable<string> | AsyncIterable<string>;

/** So many UTF-16 units are encoded in a few milliseconds. */
const CHUNK_UNITS = 2 ** 18;

/** Cuts a text into pieces that are short work. */
export function* sliceText(text: string): Generator<string> {
  for (let at = 0; at < text.length; at += CHUNK_UNITS) yield text.slice(at, at + CHUNK_UNITS);
}
