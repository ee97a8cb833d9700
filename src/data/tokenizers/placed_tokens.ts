/**
 * Added tokens whose surroundings count: whole words (`single_word`), which the JavaScript library takes anywhere, and
 * those that take white space with them (`lstrip`, `rstrip`), which to the library is what JavaScript calls so.
 *
 * @module
 */
import type { AddedToken } from "./tokenizer_json.ts";

/** A part of a text: text, or the id of a token. */
export type TextPart = string | number;

const SPACE = /\p{White_Space}/u;
const WORD_CHARACTER = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;

/** Finds such tokens. */
export class PlacedTokens {
  readonly #tokens: ReadonlyMap<string, AddedToken>;
  readonly #pattern: RegExp;

  private constructor(placed: readonly AddedToken[], all: readonly AddedToken[]) {
    this.#tokens = new Map(placed.map((token) => [token.content, token]));
    // At one place the longest of all tokens is found, also where another one ends it.
    const contents = all.map(({ content }) => content).filter((content) => content !== "");
    contents.sort((a, b) => b.length - a.length);
    this.#pattern = new RegExp(contents.map((content) => RegExp.escape(content)).join("|"), "gu");
  }

  /**
   * Those of a file; undefined if there are none, or the library finds them as well as can be.
   *
   * @throws {SyntaxError} If a whole word is looked for in text that was changed before, which is not supported.
   */
  static of(json: unknown): PlacedTokens | undefined {
    const { added_tokens: all = [], normalizer, pre_tokenizer: preTokenizer } = json as {
      readonly added_tokens?: readonly AddedToken[];
      readonly normalizer?: unknown;
      readonly pre_tokenizer?: unknown;
    };
    const placed = all.filter((token) => token.single_word || token.lstrip || token.rstrip);
    if (placed.length === 0) return undefined;
    const changed = placed.find(({ normalized }) => normalized && normalizer);
    // With "first", the pre-tokenizer has to know what is the first part of a text.
    const isFirst = JSON.stringify(preTokenizer ?? null).includes('"first"');
    const unsupported = changed ??
      (isFirst ? placed.find((token) => token.single_word) : undefined);
    if (unsupported?.single_word) {
      throw new SyntaxError(
        `its token ${
          JSON.stringify(unsupported.content)
        } counts as a whole word only (single_word), ` +
          "which is not supported together with its normalizer or pre-tokenizer",
      );
    }
    return changed || isFirst ? undefined : new PlacedTokens(placed, all);
  }

  /** Takes the tokens out of a file, for who would find them elsewhere. */
  without(json: unknown): unknown {
    const { added_tokens: all = [] } = json as { readonly added_tokens?: readonly AddedToken[] };
    return {
      ...json as Readonly<Record<string, unknown>>,
      added_tokens: all.filter(({ content }) => !this.#tokens.has(content)),
    };
  }

  /** Cuts a text where the tokens are. */
  parts(text: string): TextPart[] {
    const parts: TextPart[] = [];
    let done = 0;
    for (const { 0: content, index } of text.matchAll(this.#pattern)) {
      const token = this.#tokens.get(content);
      let end = index + content.length;
      if (token === undefined || token.single_word && !isWhole(text, index, end)) continue;
      const before = text.slice(done, index);
      const kept = token.lstrip ? withoutLastSpaces(before) : before;
      if (kept !== "") parts.push(kept);
      parts.push(token.id);
      // No white space takes two units.
      while (token.rstrip && end < text.length && SPACE.test(text[end])) end++;
      done = end;
    }
    if (done < text.length) parts.push(text.slice(done));
    return parts;
  }
}

function withoutLastSpaces(text: string): string {
  let end = text.length;
  while (end > 0 && SPACE.test(text[end - 1])) end--;
  return text.slice(0, end);
}

function isWhole(text: string, start: number, end: number): boolean {
  const before = text.slice(Math.max(0, start - 2), start);
  const last = [...before].at(-1) ?? "";
  const next = text.codePointAt(end);
  return !WORD_CHARACTER.test(last) &&
    !(next !== undefined && WORD_CHARACTER.test(String.fromCodePoint(next)));
}
