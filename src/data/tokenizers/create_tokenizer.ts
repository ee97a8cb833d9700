/**
 * The tokenizer that `--tokenizer` names.
 *
 * @module
 */

import { isMissing } from "../../host/file_failures.ts";
import { InputError } from "../../errors.ts";
import { nearestName } from "../../nearest_name.ts";
import { ByteTokenizer } from "./byte_tokenizer.ts";
import { CharTokenizer } from "./char_tokenizer.ts";
import type { TextChunks } from "../text/text_chunks.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { readTokenizer } from "./tokenizer_file.ts";
import { bpeVocabSize } from "./tokenizer_name.ts";
import { type BpeTrainingOptions, trainBpe } from "./train_bpe.ts";

/** The texts that a tokenizer is made from; each is read only if it is needed. */
export interface TokenizerCorpus {
  /** All text that will be encoded: `char` takes its characters. */
  all(): TextChunks;
  /** The part that is trained on: `bpe:N` learns its merges from it. */
  train(): TextChunks;
}

/** How to make it. */
export interface CreateTokenizerOptions extends Pick<BpeTrainingOptions, "onProgress" | "signal"> {
  /** Receives each thing worth telling the user, as one line. */
  readonly onNotice?: (line: string) => void;
}

const ACCEPTED = "char, byte, bpe:N and the path of a tokenizer.json are accepted";

/**
 * Makes, trains or reads a tokenizer.
 *
 * @param spec `char`, `byte`, `bpe:N` with N tokens, or the path of a `tokenizer.json`.
 * @param corpus What it is made from.
 * @throws {InputError} If there is no such tokenizer or its file cannot be used.
 * @throws {WorkError} If a library is needed and cannot be downloaded.
 */
export async function createTokenizer(
  spec: string,
  corpus: TokenizerCorpus,
  options: CreateTokenizerOptions = {},
): Promise<Tokenizer> {
  if (spec === "char") return await CharTokenizer.fromChunks(corpus.all());
  if (spec === "byte") return new ByteTokenizer();
  const vocabSize = bpeVocabSize(spec);
  if (vocabSize === undefined) return await readFile(spec);

  const tokenizer = await trainBpe(corpus.train(), { ...options, vocabSize });
  if (tokenizer.vocabSize < vocabSize) {
    options.onNotice?.(
      `The text is enough for ${count(tokenizer.vocabSize)} tokens, not for ${count(vocabSize)}: ` +
        `no two of them stand together twice`,
    );
  }
  return tokenizer;
}

async function readFile(path: string): Promise<Tokenizer> {
  try {
    return await readTokenizer(path);
  } catch (error) {
    const missing = error instanceof InputError && isMissing(error.cause);
    if (!missing) throw error;
    const nearest = /[/\\.]/.test(path) ? undefined : nearestName(path, ["char", "byte", "bpe:N"]);
    const meant = nearest === undefined ? "" : ` (did you mean ${nearest}?)`;
    throw new InputError(`${error.message}${meant}, ${ACCEPTED}`, { cause: error });
  }
}

function count(tokens: number): string {
  return tokens.toLocaleString("en");
}
