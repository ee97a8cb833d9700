/**
 * The tokenizer that `--tokenizer` names, made from a data set.
 *
 * @module
 */

import type { Corpus, CorpusPart } from "../text/corpus.ts";
import { createTokenizer, type CreateTokenizerOptions } from "./create_tokenizer.ts";
import type { Tokenizer } from "./tokenizer.ts";

/**
 * Makes, trains or reads a tokenizer. A BPE tokenizer learns from what is trained on only; characters are those
 * of all parts.
 *
 * @param spec `char`, `byte`, `bpe:N` or the path of a `tokenizer.json`.
 * @throws {InputError} If there is no such tokenizer, or a text cannot be read.
 * @throws {WorkError} If a library is needed and cannot be downloaded.
 */
export async function corpusTokenizer(
  spec: string,
  corpus: Corpus,
  options: CreateTokenizerOptions = {},
): Promise<Tokenizer> {
  return await createTokenizer(spec, {
    all: () => runningText(corpus.partNames.map((name) => corpus.part(name))),
    train: () => runningText([corpus.part("train")]),
  }, options);
}

/** Each document ends a line, so that no word begins in one and ends in the next. */
async function* runningText(parts: readonly CorpusPart[]): AsyncGenerator<string> {
  for (const { isContinuous, texts } of parts) {
    for await (const text of texts()) {
      yield text;
      if (!isContinuous && !text.endsWith("\n")) yield "\n";
    }
  }
}
