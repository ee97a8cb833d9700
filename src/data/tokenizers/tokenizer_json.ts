/**
 * The Hugging Face `tokenizer.json` that our tokenizers are written as.
 *
 * @module
 */

import { PRETOKEN_PATTERN } from "./bpe/pretokens.ts";

/** The parts of a Hugging Face `tokenizer.json` that tell what it is. */
export interface TokenizerJson {
  readonly added_tokens: readonly AddedToken[];
  readonly normalizer: unknown;
  readonly pre_tokenizer: unknown;
  readonly decoder: unknown;
  readonly model: {
    readonly type: string;
    readonly vocab: Readonly<Record<string, number>>;
    readonly merges: readonly string[];
    readonly [option: string]: unknown;
  };
  readonly [part: string]: unknown;
}

/** A token that is looked for in the text before anything else. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
  /** Whether it counts only where no letter or digit is beside it. */
  readonly single_word?: boolean;
  /** Whether white space before it is a part of it. */
  readonly lstrip?: boolean;
  /** Whether white space behind it is a part of it. */
  readonly rstrip?: boolean;
  /** Whether it is looked for in the text that the normalizer made. */
  readonly normalized?: boolean;
  readonly [option: string]: unknown;
}

const BYTE_LEVEL = {
  type: "ByteLevel",
  add_prefix_space: false,
  trim_offsets: false,
  use_regex: false,
};

/** The pattern stands in the file, because the regular expression built into `ByteLevel` differs in JavaScript. */
const SPLIT_BYTE_LEVEL = {
  type: "Sequence",
  pretokenizers: [
    { type: "Split", pattern: { Regex: PRETOKEN_PATTERN }, behavior: "Isolated", invert: false },
    BYTE_LEVEL,
  ],
};

/** Pre-tokenizer and decoder by what the symbols of the vocabulary are. */
const LEVELS = {
  characters: { pre_tokenizer: null, decoder: { type: "Fuse" } },
  bytes: { pre_tokenizer: BYTE_LEVEL, decoder: BYTE_LEVEL },
  words: { pre_tokenizer: SPLIT_BYTE_LEVEL, decoder: BYTE_LEVEL },
};

/** What {@link tokenizerJson} writes. */
export interface JsonParts {
  /** The tokens, in the order of their ids. */
  readonly tokens: readonly string[];
  /**
   * Whether a symbol is a character as it stands, or stands for a byte; and with `words` merges stay within
   * pre-tokens.
   */
  readonly level: keyof typeof LEVELS;
  /** The merges in order, each two tokens with a space between them. */
  readonly merges?: readonly string[];
  /** Which of the tokens are special. */
  readonly specialTokens?: ReadonlyMap<string, number>;
}

/** A byte-pair tokenizer; without any merge every symbol stays a token of its own. */
export function tokenizerJson(parts: JsonParts): TokenizerJson {
  const { tokens, level, merges = [], specialTokens = new Map() } = parts;
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: Array.from(specialTokens, ([content, id]) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: LEVELS[level].pre_tokenizer,
    post_processor: null,
    decoder: LEVELS[level].decoder,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
  };
}
