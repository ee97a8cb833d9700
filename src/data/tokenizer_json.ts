/**
 * The Hugging Face `tokenizer.json` that both tokenizers are written as.
 *
 * @module
 */

/**
 * A byte-pair tokenizer without any merge, so that every symbol stays a token of its own.
 *
 * @param tokens The symbols, in the order of their ids.
 * @param level Whether a symbol is a character as it stands, or stands for a byte.
 * @returns The content of a `tokenizer.json`.
 */
export function mergelessTokenizerJson(
  tokens: readonly string[],
  level: "characters" | "bytes",
): unknown {
  const byteLevel = {
    type: "ByteLevel",
    add_prefix_space: false,
    trim_offsets: false,
    use_regex: false,
  };
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: level === "bytes" ? byteLevel : null,
    post_processor: null,
    decoder: level === "bytes" ? byteLevel : { type: "Fuse" },
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
      merges: [],
    },
  };
}
