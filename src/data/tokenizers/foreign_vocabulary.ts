/**
 * Checks the vocabulary of a `tokenizer.json`, which the Hugging Face library takes as it is.
 *
 * @module
 */

import type { AddedToken } from "./tokenizer_json.ts";

/** What {@linkcode checkVocabulary} finds. */
export interface ForeignVocabulary {
  /** V: the largest id and one. */
  readonly size: number;
  /** Tokens that are looked for before anything else. */
  readonly added: readonly AddedToken[];
}

/** What is looked at. */
interface Parts {
  readonly added_tokens?: readonly AddedToken[];
  readonly model: {
    readonly type?: string;
    /** Ids by token; the tokens of a Unigram model, which are numbered by their place. */
    readonly vocab: Readonly<Record<string, number>> | readonly (readonly [string, number])[];
    readonly merges?: readonly (string | readonly [string, string])[];
    readonly continuing_subword_prefix?: string | null;
  };
}

/**
 * Checks that every token has an id of its own and that merges make tokens.
 *
 * @param json Content of the file.
 * @throws {SyntaxError} If not; it says why.
 */
export function checkVocabulary(json: unknown): ForeignVocabulary {
  const { model, added_tokens: added = [] } = json as Parts;
  const tokens = new Map<number, string>();
  const claim = (token: string, id: number) => {
    const owner = tokens.get(id) ?? token;
    if (!Number.isInteger(id) || id < 0 || owner !== token) {
      throw new SyntaxError(
        owner === token
          ? `its token ${JSON.stringify(token)} has the id ${id}`
          : `its tokens ${JSON.stringify(owner)} and ${JSON.stringify(token)} have one id, ${id}`,
      );
    }
    tokens.set(id, token);
  };
  const { vocab } = model;
  if (isList(vocab)) { for (const [id, [token]] of vocab.entries()) claim(token, id); }
  else for (const [token, id] of Object.entries(vocab)) claim(token, id);
  for (const { content, id } of added) claim(content, id);
  if (model.type === "BPE") checkMerges(model);
  let size = 0;
  for (const id of tokens.keys()) size = Math.max(size, id + 1);
  return { size, added };
}

function checkMerges({ vocab, merges = [], continuing_subword_prefix }: Parts["model"]): void {
  const prefix = continuing_subword_prefix ?? "";
  for (const merge of merges) {
    const [left, right] = typeof merge === "string" ? merge.split(" ", 2) : merge;
    const merged = left + (right ?? "").slice(prefix.length);
    const missing = [left, right, merged].find((token) => !Object.hasOwn(vocab, token));
    if (missing !== undefined || right === undefined) {
      throw new SyntaxError(`its merge ${JSON.stringify(merge)} is not of tokens it has`);
    }
  }
}

/** `Array.isArray` does not narrow read-only arrays. */
function isList<T>(value: readonly T[] | object): value is readonly T[] {
  return Array.isArray(value);
}
