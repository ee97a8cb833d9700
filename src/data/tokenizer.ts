/**
 * Text to token ids and back.
 *
 * @module
 */

import { InputError } from "../errors.ts";
import { fileError } from "../files/file_error.ts";
import { ByteTokenizer } from "./byte_tokenizer.ts";
import { CharTokenizer } from "./char_tokenizer.ts";

/** How a text is encoded. */
export interface EncodeOptions {
  /** What becomes of a character outside the vocabulary; the default is an error. */
  readonly unknown?: "error" | "skip";
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
  /** What a token is. */
  readonly kind: "char" | "byte";
  /** V, the number of ids. */
  readonly vocabSize: number;
  /**
   * The ids of a text.
   *
   * @throws {InputError} If a character is not in the vocabulary and is not to be skipped.
   */
  encode(text: string, options?: EncodeOptions): Int32Array;
  /**
   * The text of some ids.
   *
   * @throws {RangeError} If the vocabulary has no such id.
   */
  decode(ids: Iterable<number>): string;
  /** A decoder for ids that arrive one at a time. */
  decoder(): StreamDecoder;
  /** The content of a Hugging Face `tokenizer.json`. */
  toJSON(): unknown;
}

/**
 * The tokenizer that `--tokenizer` names.
 *
 * @param spec `char`, `byte`, or the path of a `tokenizer.json` written by BitText.
 * @param text The text whose characters are the vocabulary of `char`.
 * @throws {InputError} If there is no such tokenizer or its file cannot be used.
 */
export function createTokenizer(spec: string, text: string): Promise<Tokenizer> {
  if (spec === "char") return Promise.resolve(CharTokenizer.fromText(text));
  if (spec === "byte") return Promise.resolve(new ByteTokenizer());
  if (spec === "bpe" || spec.startsWith("bpe:")) {
    return Promise.reject(
      new InputError(
        `Cannot use the tokenizer ${spec}: BPE is not available yet in this version, ${accepted} are`,
      ),
    );
  }
  return readTokenizer(spec);
}

/**
 * Reads a `tokenizer.json` written by BitText.
 *
 * @param path The file.
 * @throws {InputError} If it is missing, cannot be read, or holds another kind of tokenizer.
 */
export async function readTokenizer(path: string): Promise<Tokenizer> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    const { message } = fileError("use the tokenizer", path, error);
    throw new InputError(`${message}, ${accepted} are accepted`, { cause: error });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new InputError(`Cannot use the tokenizer ${path}: it is not JSON`, { cause: error });
  }
  return loadTokenizer(json, path);
}

/**
 * The tokenizer in the content of a `tokenizer.json`.
 *
 * @param json The parsed file.
 * @param source What to call the file in an error.
 * @throws {InputError} If it is not a character or byte tokenizer as BitText writes them.
 */
export function loadTokenizer(json: unknown, source: string): Tokenizer {
  const refuse = (why: string): never => {
    throw new InputError(`Cannot use the tokenizer ${source}: ${why}, ${accepted} are accepted`);
  };
  const file = json as TokenizerFile | null;
  const vocabulary = file?.model?.vocab;
  if (typeof vocabulary !== "object" || vocabulary === null || Array.isArray(vocabulary)) {
    return refuse("it has no vocabulary");
  }
  if (file?.model?.type !== "BPE" || (file.model.merges?.length ?? 0) > 0) {
    return refuse("its tokens are longer than a character");
  }
  const tokens: string[] = Array(Object.keys(vocabulary).length);
  for (const [token, id] of Object.entries(vocabulary)) {
    if (!Number.isInteger(id) || id < 0 || id >= tokens.length || tokens[id] !== undefined) {
      return refuse(`its ids are not 0 to ${tokens.length - 1}, each once`);
    }
    tokens[id] = token;
  }
  if (file.pre_tokenizer?.type !== "ByteLevel") {
    if (tokens.length === 0) return refuse("its vocabulary is empty");
    const long = tokens.find((token) => [...token].length !== 1);
    return long === undefined
      ? new CharTokenizer(tokens)
      : refuse(`its token ${JSON.stringify(long)} is not one character`);
  }
  const byte = new ByteTokenizer();
  return byte.hasTokens(tokens) ? byte : refuse("its ids are not the values of the bytes");
}

const accepted = "char, byte and a tokenizer.json written by BitText";

/** The parts of a Hugging Face `tokenizer.json` that tell what it is. */
interface TokenizerFile {
  readonly model?: {
    readonly type?: string;
    readonly vocab?: Readonly<Record<string, number>>;
    readonly merges?: readonly unknown[];
  };
  readonly pre_tokenizer?: { readonly type?: string } | null;
}
