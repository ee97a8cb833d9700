/**
 * The flags of data and tokenizers, as data.
 *
 * @module
 */
import type { FlagTable } from "./flag.ts";

/** What becomes of data before it is tokenized, called as the options of a corpus. */
export const CORPUS_FLAGS = {
  textColumn: {
    kind: "text",
    placeholder: "NAME",
    description: "column of the text, where the data is rows",
    otherwise: "text, else the only column of strings",
    alsoCalled: ["column", "text-field", "text-key"],
    only: "text",
  },
  rows: {
    kind: "integer",
    min: 1,
    description: "use this many rows of each split, the first ones",
    otherwise: "all",
    alsoCalled: ["limit", "max-rows", "num-rows"],
    only: "text",
  },
  joinRows: {
    kind: "boolean",
    description: "rows are lines of one running text, not a document each",
    alsoCalled: ["join", "concatenate"],
    only: "text",
  },
  splitSeed: {
    kind: "integer",
    min: 0,
    max: 0xffffffff,
    default: 0,
    description: "which rows are held out, where the data has no split to validate on",
    only: "text",
  },
  normalizeUnicode: {
    kind: "boolean",
    description: "compose characters: Unicode's form NFC",
    alsoCalled: ["normalize-unicode", "nfc"],
    only: "text",
  },
  normalizeNewlines: {
    kind: "boolean",
    description: "end every line with LF",
    alsoCalled: ["normalize-newlines"],
    only: "text",
  },
  normalizeWhitespace: {
    kind: "boolean",
    description: "make white space in a row one blank line, line end or space",
    alsoCalled: ["normalize-whitespace", "collapse-whitespace"],
    only: "text",
  },
  lowerCase: {
    kind: "boolean",
    description: "lower the case of all letters",
    alsoCalled: ["lowercase", "uncased"],
    only: "text",
  },
} as const satisfies FlagTable;

/** What is learned from. */
export const DATA_FLAGS = {
  data: {
    kind: "path",
    names: ["shakespeare", "gutenberg", "mnist", "fashion-mnist", "cifar10"],
    default: "shakespeare",
    placeholder: "NAME|PATH|hf:OWNER/NAME[/CONFIG]",
    description:
      "text to learn: shakespeare, gutenberg, a data set of the Hugging Face hub, or a " +
      "file or folder of UTF-8 text, JSON Lines, CSV or parquet; images with --model vit: mnist, " +
      "fashion-mnist, cifar10, a data set of the hub, or a folder of class folders",
    alsoCalled: ["dataset", "input", "text", "corpus"],
    defaultFor: { vit: "mnist" },
  },
  tokenizer: {
    kind: "path",
    names: ["char", "byte", "bpe:N"],
    default: "char",
    placeholder: "char|byte|bpe:N|FILE",
    description: "a character, a byte, one of N learned word parts, or as a tokenizer.json says",
    only: "text",
  },
  ...CORPUS_FLAGS,
} as const satisfies FlagTable;
