/**
 * Small tokenizers of the kinds that others publish.
 *
 * @module
 */
import { byteSymbols } from "../../../src/data/tokenizers/byte_symbols.ts";
import type { TokenizerJson } from "../../../src/data/tokenizers/tokenizer_json.ts";
import { trainBpe } from "../../../src/data/tokenizers/train_bpe.ts";
import { tinyText } from "../../tiny_text.ts";

type Json = Record<string, unknown>;

const bpe = await trainBpe([tinyText() + " it's they'll I'm 2024 été 漢字".repeat(9)], {
  vocabSize: 400,
});
const ours: TokenizerJson = JSON.parse(JSON.stringify(bpe));
const added = (content: string, id: number) => ({ id, content, special: true, normalized: false });

/** Like GPT-2's: other ids, and the pattern that is built into the library. */
export function gpt2(): Json {
  const tokens = Object.keys(ours.model.vocab).sort();
  return {
    ...ours,
    added_tokens: [added("<|endoftext|>", tokens.indexOf("<|endoftext|>"))],
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true },
    post_processor: { type: "ByteLevel", add_prefix_space: true, trim_offsets: false },
    model: { ...ours.model, vocab: Object.fromEntries(tokens.map((token, id) => [token, id])) },
  };
}

/** Like Llama 3's: another pattern, merges as lists, special tokens beyond the vocabulary. */
export function llama3(): Json {
  const Regex = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|" +
    " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  const { "<|endoftext|>": _, ...vocab } = ours.model.vocab;
  return {
    ...ours,
    added_tokens: [added("<|begin_of_text|>", 400), added("<|end_of_text|>", 402)],
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        { type: "Split", pattern: { Regex }, behavior: "Isolated", invert: false },
        { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
    post_processor: {
      type: "TemplateProcessing",
      single: [{ SpecialToken: { id: "<|begin_of_text|>", type_id: 0 } }, {
        Sequence: { id: "A", type_id: 0 },
      }],
      pair: [],
      special_tokens: {},
    },
    model: {
      ...ours.model,
      vocab,
      merges: ours.model.merges.map((merge) => merge.split(" ")),
      ignore_merges: true,
    },
  };
}

/** Like BERT's: lower case, word pieces, a token for what is unknown. */
export function bert(): Json {
  const special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
  const letters = "abcdefghijklmnopqrstuvwxyz0123456789'.,!?".split("");
  const words = ["the", "of", "wor", "##ld", "##ord", "##ing", "it", "her"];
  const tokens = [...special, ...letters, ...letters.map((letter) => `##${letter}`), ...words];
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: special.map(added),
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: null,
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
    },
  };
}

/** Like Llama 2's: spaces as ▁, one before the text, and bytes for what is unknown. */
export function llama2(): Json {
  const bytes = byteSymbols.map((_, byte) => {
    return `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
  });
  const merges = [..."theofandt"].map((letter) => ["▁", letter]);
  merges.push(["▁t", "h"], ["▁th", "e"], ["n", "g"], ["▁", "▁"]);
  const tokens = ["<unk>", "<s>", "</s>", ...bytes, "▁", ..."abcdefghijklmnopqrstuvwxyz"];
  for (const [left, right] of merges) if (!tokens.includes(left + right)) tokens.push(left + right);
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: ["<unk>", "<s>", "</s>"].map(added),
    normalizer: {
      type: "Sequence",
      normalizers: [
        { type: "Prepend", prepend: "▁" },
        { type: "Replace", pattern: { String: " " }, content: "▁" },
      ],
    },
    pre_tokenizer: null,
    post_processor: null,
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: "▁" }, content: " " },
        { type: "ByteFallback" },
        { type: "Fuse" },
        { type: "Strip", content: " ", start: 1, stop: 0 },
      ],
    },
    model: {
      type: "BPE",
      unk_token: "<unk>",
      fuse_unk: true,
      byte_fallback: true,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: [...new Set(merges.map((merge) => merge.join(" ")))],
    },
  };
}
