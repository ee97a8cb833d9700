/**
 * The tokenizer in the content of a `tokenizer.json`.
 *
 * @module
 */

import { InputError } from "../../errors.ts";
import { BpeTokenizer } from "./bpe_tokenizer.ts";
import { ByteTokenizer } from "./byte_tokenizer.ts";
import { CharTokenizer } from "./char_tokenizer.ts";
import { isSameJson } from "./same_json.ts";
import type { Tokenizer } from "./tokenizer.ts";
import type { TokenizerJson } from "./tokenizer_json.ts";

/**
 * The tokenizer in the text of a `tokenizer.json`.
 *
 * @param text The file.
 * @param source What to call the file in an error.
 * @throws {InputError} If it is no usable tokenizer.
 * @throws {WorkError} If the library is needed and cannot be downloaded.
 */
export async function parseTokenizer(text: string, source: string): Promise<Tokenizer> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new InputError(`Cannot use the tokenizer ${source}: it is not JSON`, { cause: error });
  }
  return await loadTokenizer(json, source);
}

/**
 * The tokenizer in the content of a `tokenizer.json`.
 *
 * @param json The parsed file.
 * @param source What to call the file in an error.
 * @throws {InputError} If it is no usable tokenizer.
 * @throws {WorkError} If the library is needed and cannot be downloaded.
 */
export async function loadTokenizer(json: unknown, source: string): Promise<Tokenizer> {
  const { model } = (json ?? {}) as Partial<TokenizerJson>;
  if (typeof model?.vocab !== "object" || model.vocab === null) {
    throw new InputError(
      `Cannot use the tokenizer ${source}: it has no vocabulary, a tokenizer.json of Hugging Face ` +
        `is accepted`,
    );
  }
  for (const read of [readBytes, readCharacters, readBpe]) {
    const tokenizer = read(json as TokenizerJson);
    // Only what would be written in the same way is certain to mean the same.
    if (tokenizer !== undefined && isSameJson(tokenizer.toJSON(), json)) return tokenizer;
  }
  const { HuggingFaceTokenizer } = await import("./huggingface_tokenizer.ts");
  return await HuggingFaceTokenizer.load(json, source);
}

function readBytes({ model }: TokenizerJson): Tokenizer | undefined {
  return Object.keys(model.vocab).length === 256 ? new ByteTokenizer() : undefined;
}

function readCharacters({ model }: TokenizerJson): Tokenizer | undefined {
  const characters = Object.keys(model.vocab).sort((a, b) => model.vocab[a] - model.vocab[b]);
  const areCharacters = characters.every((token) => [...token].length === 1);
  return areCharacters ? new CharTokenizer(characters) : undefined;
}

function readBpe({ model, added_tokens }: TokenizerJson): Tokenizer | undefined {
  try {
    const merges = model.merges.map((merge) => {
      const [left, right] = merge.split(" ", 2).map((token) => model.vocab[token]);
      return { left, right };
    });
    return new BpeTokenizer(merges, added_tokens.map(({ content }) => content));
  } catch {
    return undefined; // it is written in another way
  }
}
