/**
 * Whether a tokenizer and a model belong together.
 *
 * @module
 */
import type { Tokenizer } from "../../../data/tokenizers/tokenizer.ts";
import { readTokenizer } from "../../../data/tokenizers/tokenizer_file.ts";
import { InputError } from "../../../errors.ts";
import type { TextConfig } from "../../../models/text/config.ts";

/**
 * Reads the tokenizer of a model.
 *
 * @throws {InputError} If it is missing or damaged, or its vocabulary is not the model's.
 */
export async function readFittingTokenizer(path: string, model: TextConfig): Promise<Tokenizer> {
  const tokenizer = await readTokenizer(path);
  if (tokenizer.vocabSize === model.vocabSize) return tokenizer;
  throw new InputError(
    `Cannot use ${path} with this model: it has ${tokenizer.vocabSize} tokens, ` +
      `the model ${model.vocabSize}`,
  );
}
