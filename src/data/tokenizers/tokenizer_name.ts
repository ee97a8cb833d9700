/**
 * What the name of a tokenizer says before any text is read.
 *
 * @module
 */
import { InputError } from "../../errors.ts";
import { END_OF_TEXT } from "./tokenizer.ts";

/** Whether the text decides the tokenizer of a name, as it does for `char` and `bpe:N`. */
export function dependsOnText(spec: string): boolean {
  return spec === "char" || bpeVocabSize(spec) !== undefined;
}

/**
 * The vocabulary that `bpe:N` asks for.
 *
 * @returns N, or undefined if the name is not of this form.
 * @throws {InputError} If N is no number, or too small for the 256 bytes and `<|endoftext|>`.
 */
export function bpeVocabSize(spec: string): number | undefined {
  if (spec !== "bpe" && !spec.startsWith("bpe:")) return undefined;
  const vocabSize = /^bpe:\d+$/.test(spec) ? Number(spec.slice("bpe:".length)) : NaN;
  const smallest = smallestBpeVocabulary();
  if (Number.isSafeInteger(vocabSize) && vocabSize >= smallest) return vocabSize;
  const why = Number.isNaN(vocabSize)
    ? "it has no number of tokens"
    : vocabSize < smallest
    ? `256 bytes and <|endoftext|> are ${smallest} tokens already`
    : "that is too many tokens";
  throw new InputError(
    `Cannot use the tokenizer ${spec}: ${why}, bpe:N with N of at least ${smallest}, such as ` +
      `bpe:4096, is accepted`,
  );
}

/** Fewest ids of a BPE vocabulary: the bytes and the special tokens. */
export function smallestBpeVocabulary(specialTokens: readonly string[] = [END_OF_TEXT]): number {
  return 256 + specialTokens.length;
}
