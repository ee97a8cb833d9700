/**
 * What a tokenizer is: text to token ids and back.
 *
 * Made by `createTokenizer` (what `--tokenizer` names), read by `readTokenizer` (a `tokenizer.json`), trained by
 * `trainBpe`. Whoever prepares data needs {@linkcode Tokenizer.encoder} for texts that do not fit in memory,
 * {@linkcode Tokenizer.endOfText} between documents (see `documents.ts`) and {@linkcode Tokenizer.byteLength}
 * for bits per byte.
 *
 * @module
 */

/** The special token that ends a document. */
export const END_OF_TEXT = "<|endoftext|>";

/** How a text is encoded. */
export interface EncodeOptions {
  /**
   * What becomes of a character outside the vocabulary of a character tokenizer; the default is an error. The
   * other tokenizers know every character, or have a rule of their own.
   */
  readonly unknown?: "error" | "skip";
}

/** Encodes a text that comes in pieces; where the pieces end does not change the ids. */
export interface StreamEncoder {
  /**
   * The ids that are certain with one more piece of the text.
   *
   * @param text The piece; it may end anywhere, even within a character.
   * @throws {InputError} As {@linkcode Tokenizer.encode}.
   */
  push(text: string): Int32Array;
  /** The ids of what is left at the end of the text; another text can follow. */
  flush(): Int32Array;
}

/** Decodes ids one at a time, as they are sampled. */
export interface StreamDecoder {
  /**
   * The text that is complete with one more id; empty in the middle of a character.
   *
   * @throws {RangeError} If the vocabulary has no such id.
   */
  push(id: number): string;
  /** What is left at the end: U+FFFD if it is in the middle of a character, else nothing. */
  flush(): string;
}

/** Text to token ids and back, over a vocabulary of ids from 0 to `vocabSize` − 1. */
export interface Tokenizer {
  /** What a token is; `huggingface`: whatever the `tokenizer.json` says, read by the Hugging Face library. */
  readonly kind: "char" | "byte" | "bpe" | "huggingface";
  /** V, the number of ids. */
  readonly vocabSize: number;
  /** Ids of the tokens that stand for no text, such as `<|endoftext|>`, by how a text writes them. */
  readonly specialTokens: ReadonlyMap<string, number>;
  /** The special token that ends a document; undefined if the vocabulary has none. */
  readonly endOfText: number | undefined;
  /**
   * The ids of a text. Special tokens that are written in it are recognized; none are added.
   *
   * @throws {InputError} If a character is not in the vocabulary and is not to be skipped.
   */
  encode(text: string, options?: EncodeOptions): Int32Array;
  /** An encoder for a text that comes in pieces. */
  encoder(options?: EncodeOptions): StreamEncoder;
  /**
   * The text of some ids.
   *
   * @throws {RangeError} If the vocabulary has no such id.
   */
  decode(ids: Iterable<number>): string;
  /** A decoder for ids that arrive one at a time. */
  decoder(): StreamDecoder;
  /**
   * How many bytes of UTF-8 a token stands for; a part of a character counts as what it is.
   *
   * @throws {RangeError} If the vocabulary has no such id.
   */
  byteLength(id: number): number;
  /** The content of a Hugging Face `tokenizer.json`. */
  toJSON(): unknown;
}
