/**
 * The tokenizer of a model: where it is, and whether they belong together.
 *
 * @module
 */
import { exists } from "../../host/files.ts";
import { basename, dirname, join } from "../../host/paths.ts";
import type { Tokenizer } from "../../data/tokenizers/tokenizer.ts";
import { readTokenizer } from "../../data/tokenizers/tokenizer_file.ts";
import { InputError } from "../../errors.ts";
import type { TextConfig } from "../../models/text/config.ts";

/** The tokenizer of a model directory or, if that is a checkpoint, of the run that it belongs to. */
export async function findTokenizer(directory: string): Promise<string | undefined> {
  const folder = dirname(directory);
  const run = basename(folder) === "checkpoints" ? [dirname(folder)] : [];
  for (const place of [directory, ...run]) {
    const path = join(place, "tokenizer.json");
    if (await exists(path)) return path;
  }
  return undefined;
}

/**
 * Reads the tokenizer of a model.
 *
 * @throws {InputError} If it is missing or damaged, or has ids that the model does not know.
 */
export async function readFittingTokenizer(path: string, model: TextConfig): Promise<Tokenizer> {
  const tokenizer = await readTokenizer(path);
  // Vocabularies are often padded to a round number; the ids behind those of the tokenizer mean nothing.
  if (tokenizer.vocabSize <= model.vocabSize) return tokenizer;
  throw new InputError(
    `Cannot use ${path} with this model: it has ${tokenizer.vocabSize} tokens, ` +
      `the model ${model.vocabSize}`,
  );
}
