/**
 * The options of language models. Their defaults are the small configuration that every comparison means: a ternary
 * character-level model of four layers.
 *
 * @module
 */
import { DATA_OPTION } from "../options/general.ts";
import type { OptionTable } from "../options/option.ts";
import type { Kept, RunOptionGroups, RunOptionTable } from "../options/run_option.ts";
import {
  KEEPING_OPTIONS,
  LENGTH_OPTIONS,
  RATE_OPTIONS,
  WRITING_OPTIONS,
} from "../options/training.ts";
import { TRANSFORMER_OPTIONS } from "../options/transformer.ts";
import type { TextRunConfig } from "./run_config.ts";

/** What becomes of data before it is tokenized, called as the options of a corpus. */
export const CORPUS_OPTIONS = {
  textColumn: {
    kind: "text",
    placeholder: "NAME",
    description: "column of the text, where the data is rows",
    otherwise: "text, else the only column of strings",
    alsoCalled: ["column", "text-field", "text-key"],
    kept: ({ data }: TextRunConfig): Kept => data.textColumn ?? null,
  },
  rows: {
    kind: "integer",
    min: 1,
    description: "use this many rows of each split, the first ones",
    otherwise: "all",
    alsoCalled: ["limit", "max-rows", "num-rows"],
    kept: ({ data }: TextRunConfig): Kept => data.rows ?? null,
  },
  joinRows: {
    kind: "boolean",
    description: "rows are lines of one running text, not a document each",
    alsoCalled: ["join", "concatenate"],
    kept: ({ data }: TextRunConfig): Kept => data.joinRows ?? false,
  },
  splitSeed: {
    kind: "integer",
    min: 0,
    max: 0xffffffff,
    default: 0,
    description: "which rows are held out, where the data has no split to validate on",
    kept: ({ data }: TextRunConfig): Kept => data.splitSeed ?? 0,
  },
  normalizeUnicode: {
    kind: "boolean",
    description: "compose characters: Unicode's form NFC",
    alsoCalled: ["normalize-unicode", "nfc"],
    kept: ({ data }: TextRunConfig): Kept => data.normalizeUnicode ?? false,
  },
  normalizeNewlines: {
    kind: "boolean",
    description: "end every line with LF",
    alsoCalled: ["normalize-newlines"],
    kept: ({ data }: TextRunConfig): Kept => data.normalizeNewlines ?? false,
  },
  normalizeWhitespace: {
    kind: "boolean",
    description: "make white space in a row one blank line, line end or space",
    alsoCalled: ["normalize-whitespace", "collapse-whitespace"],
    kept: ({ data }: TextRunConfig): Kept => data.normalizeWhitespace ?? false,
  },
  lowerCase: {
    kind: "boolean",
    description: "lower the case of all letters",
    alsoCalled: ["lowercase", "uncased"],
    kept: ({ data }: TextRunConfig): Kept => data.lowerCase ?? false,
  },
} as const satisfies RunOptionTable;

/** Names that `data` has for text. */
const NAMES = ["shakespeare", "gutenberg"] as const;

/** What is learned from. */
export const TEXT_DATA_OPTIONS = {
  data: {
    ...DATA_OPTION.data,
    names: NAMES,
    default: "shakespeare",
    description:
      "text to learn: shakespeare, gutenberg, a data set of the Hugging Face hub, or a " +
      "file or folder of UTF-8 text, JSON Lines, CSV or parquet",
  },
  tokenizer: {
    kind: "path",
    names: ["char", "byte", "bpe:N"],
    default: "char",
    placeholder: "char|byte|bpe:N|FILE",
    description: "a character, a byte, one of N learned word parts, or as a tokenizer.json says",
    circumstance: "result",
  },
  ...CORPUS_OPTIONS,
} as const satisfies RunOptionTable;

/** The options that a run of a language model has, or has a default of its own for. */
export const TEXT_OPTIONS = {
  "Data": TEXT_DATA_OPTIONS,
  "Model": {
    layers: TRANSFORMER_OPTIONS.layers,
    dim: TRANSFORMER_OPTIONS.dim,
    heads: TRANSFORMER_OPTIONS.heads,
    kvHeads: {
      kind: "integer",
      min: 1,
      description: "key and value heads of grouped-query attention; they must divide `heads`",
      otherwise: "as many as `heads`",
      alsoCalled: ["num-key-value-heads", "num-kv-heads", "n-kv-heads"],
      kept: ({ model }: TextRunConfig): Kept => model.keyValueHeads,
      architecture: "draft",
      field: "keyValueHeads",
    },
    ffn: { ...TRANSFORMER_OPTIONS.ffn, otherwise: "8/3 of `dim`, rounded up to a multiple of 64" },
    activation: {
      kind: "choice",
      choices: ["swiglu", "relu2"],
      default: "swiglu",
      description: "activation of the feed-forward network",
      alsoCalled: ["hidden-act", "act"],
      kept: ({ model }: TextRunConfig): Kept =>
        model.activation === "silu" ? "swiglu" : model.activation,
      architecture: "draft",
    },
    context: {
      kind: "integer",
      min: 1,
      default: 64,
      description: "tokens the model sees at once",
      alsoCalled: ["context-length", "block-size", "seq-len", "sequence-length", "max-length"],
      training: "context",
      field: "maxPositions",
    },
    dropout: TRANSFORMER_OPTIONS.dropout,
    initializerRange: TRANSFORMER_OPTIONS.initializerRange,
    embeddingRange: {
      kind: "number",
      above: 0,
      description: "standard deviation that the embedding starts from",
      otherwise: "0.5, or 0.02 if it is the head too",
      alsoCalled: ["embedding-std", "embedding-init"],
      kept: ({ model }: TextRunConfig): Kept => model.embeddingRange,
    },
    tieEmbeddings: {
      kind: "boolean",
      description: "use the token embedding as the output head too",
      alsoCalled: ["tie-word-embeddings", "tied"],
      kept: ({ model }: TextRunConfig): Kept => model.tieWordEmbeddings,
      architecture: "draft",
      field: "tieWordEmbeddings",
    },
  },
  "Optimization": {
    ...LENGTH_OPTIONS,
    order: {
      kind: "choice",
      choices: ["random", "epochs"],
      description: "training windows anywhere in the text, or each once per epoch, shuffled",
      otherwise: "random for running text, epochs for rows",
      alsoCalled: ["sampling", "shuffle", "sampler"],
      training: "order",
    },
    ...RATE_OPTIONS,
    lr: {
      ...RATE_OPTIONS.lr,
      otherwise: "√(128 / `dim`) times 4e-3 below 2 bits, 2.8e-3 at 2 and 2e-3 above",
    },
    minLr: {
      ...RATE_OPTIONS.minLr,
      otherwise: "a hundredth of `lr`, above 2 bits a tenth",
    },
  },
  "Run": {
    ...WRITING_OPTIONS,
    sampleEvery: {
      kind: "integer",
      min: 0,
      default: 500,
      description: "steps between samples of generated text; 0 writes none",
      alsoCalled: ["sample-interval", "generate-every"],
      training: "sampleEvery",
      mayChange: true,
    },
    ...KEEPING_OPTIONS,
  },
} as const satisfies RunOptionGroups;

/** What a language model is evaluated on. */
export const TEXT_EVALUATION_OPTIONS = {
  data: {
    kind: "path",
    names: NAMES,
    placeholder: DATA_OPTION.data.placeholder,
    description: "text to evaluate on",
    otherwise: "what the run was trained on",
    alsoCalled: DATA_OPTION.data.alsoCalled,
  },
  ...CORPUS_OPTIONS,
  split: {
    kind: "choice",
    choices: ["train", "val", "validation", "test", "all"],
    default: "val",
    description: "what was trained on or held out: a split of the data, else 90 % or 10 % of it",
  },
  batch: {
    kind: "integer",
    min: 1,
    default: 12,
    description: "how many are computed at once; the result does not depend on it",
    alsoCalled: LENGTH_OPTIONS.batch.alsoCalled,
  },
} as const satisfies OptionTable;

/** How a language model is evaluated, beside on what. */
export const TEXT_REPORT_OPTIONS = {
  stride: {
    kind: "integer",
    min: 1,
    description: "tokens from one window to the next; fewer give every token more before it",
    otherwise: "the context, so that windows do not overlap",
    alsoCalled: ["step", "window-step"],
  },
} as const satisfies OptionTable;
