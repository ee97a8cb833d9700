/**
 * Tokenizers of others: any `tokenizer.json` that the Hugging Face library reads.
 *
 * @module
 */

import { InputError, WorkError } from "../../errors.ts";
import { checkVocabulary } from "./foreign_vocabulary.ts";
import { libraryJson } from "./library_json.ts";
import { IntList } from "../text/int_list.ts";
import { TextPieces } from "../text/text_pieces.ts";
import { PlacedTokens } from "./placed_tokens.ts";
import {
  END_OF_TEXT,
  type StreamDecoder,
  type StreamEncoder,
  type Tokenizer,
} from "./tokenizer.ts";
import { utf8Bytes } from "../text/utf8.ts";

/** The library, at the version that was tested. */
export const TOKENIZERS_LIBRARY = "npm:@huggingface/tokenizers@0.2.0";

/** What is used of it. */
interface Library {
  readonly Tokenizer: new (json: unknown, config: unknown) => LibraryTokenizer;
}
interface LibraryTokenizer {
  encode(text: string, options: { add_special_tokens: boolean }): { ids: (number | undefined)[] };
  decode(ids: number[], options: { skip_special_tokens: boolean }): string;
  id_to_token(id: number): string | undefined;
}

/** Special tokens that end a document, whichever a vocabulary has first. */
const ENDS_OF_TEXT = [END_OF_TEXT, "<|end_of_text|>", "</s>", "<eos>", "[SEP]"];

/** When so many pieces of text are remembered, they are forgotten. */
const MOST_KEPT_PIECES = 2 ** 16;
/** Longer ones are too rare to be worth remembering. */
const LONGEST_KEPT_PIECE = 32;

/** A tokenizer that the Hugging Face library runs, such as that of GPT-2, Llama 3 or BERT. */
export class HuggingFaceTokenizer implements Tokenizer {
  readonly kind = "huggingface";
  readonly vocabSize: number;
  readonly specialTokens: ReadonlyMap<string, number>;
  readonly #json: unknown;
  readonly #encoding: LibraryTokenizer;
  readonly #decoding: LibraryTokenizer;
  readonly #placed: PlacedTokens | undefined;
  readonly #source: string;
  readonly #added: ReadonlySet<number>;
  readonly #isByteLevel: boolean;
  readonly #unknown: number | undefined;
  readonly #pieces: TextPieces;
  readonly #kept = new Map<string, Int32Array>();

  private constructor(
    json: unknown,
    { encoding, decoding, placed }: {
      readonly encoding: LibraryTokenizer;
      readonly decoding: LibraryTokenizer;
      readonly placed: PlacedTokens | undefined;
    },
    source: string,
  ) {
    this.#json = json;
    this.#encoding = encoding;
    this.#decoding = decoding;
    this.#placed = placed;
    this.#source = source;
    const { size, added } = checkVocabulary(json);
    this.vocabSize = size;
    const special = added.filter(({ special }) => special);
    this.specialTokens = new Map(special.map(({ content, id }) => [content, id]));
    this.#added = new Set(added.map(({ id }) => id));
    this.#isByteLevel = JSON.stringify((json as { decoder: unknown }).decoder)
      .includes('"ByteLevel"');
    this.#pieces = new TextPieces(json);
    this.#unknown = unknownId(json);
  }

  /**
   * Hands a file to the library, which is downloaded the first time.
   *
   * @param json Content of the `tokenizer.json`.
   * @param source What to call the file in an error.
   * @throws {InputError} If the library does not take it.
   * @throws {WorkError} If the library cannot be had.
   */
  static async load(json: unknown, source: string): Promise<HuggingFaceTokenizer> {
    let library: Library;
    try {
      // Computed, so that it is not downloaded before a tokenizer needs it.
      library = await import(TOKENIZERS_LIBRARY);
    } catch (error) {
      throw new WorkError(
        `Cannot use the tokenizer ${source}: ${TOKENIZERS_LIBRARY}, which reads it, cannot be ` +
          `loaded (${firstLine(error)}); char, byte and bpe:N need no library`,
        { cause: error },
      );
    }
    await assertQuickPatterns(json, source);
    try {
      const placed = PlacedTokens.of(json);
      const make = (json: unknown) =>
        new library.Tokenizer(libraryJson(json), { clean_up_tokenization_spaces: false });
      const decoding = make(json);
      const encoding = placed === undefined ? decoding : make(placed.without(json));
      const loaded = new HuggingFaceTokenizer(json, { encoding, decoding, placed }, source);
      loaded.decode(loaded.encode("Probe, 1."));
      return loaded;
    } catch (error) {
      throw new InputError(`Cannot use the tokenizer ${source}: ${firstLine(error)}`, {
        cause: error,
      });
    }
  }

  get endOfText(): number | undefined {
    const name = ENDS_OF_TEXT.find((name) => this.specialTokens.has(name));
    return name === undefined ? undefined : this.specialTokens.get(name);
  }

  encode(text: string): Int32Array {
    const ids = new IntList(Math.ceil(text.length / 3));
    for (const piece of this.#pieces.cut(text)) {
      for (const part of this.#placed?.parts(piece) ?? [piece]) {
        ids.append(typeof part === "number" ? Int32Array.of(part) : this.#encodePiece(part));
      }
    }
    return ids.copy();
  }

  encoder(): StreamEncoder {
    let kept = "";
    return {
      push: (text) => {
        const searched = kept.length;
        kept += text;
        const end = this.#pieces.lastCut(kept, searched);
        const certain = kept.slice(0, end);
        kept = kept.slice(end);
        return this.encode(certain);
      },
      flush: () => {
        const rest = kept;
        kept = "";
        return this.encode(rest);
      },
    };
  }

  decode(ids: Iterable<number>): string {
    // A vocabulary can have holes: ids that stand for nothing.
    const known = Array.from(ids, (id) => this.#check(id))
      .filter((id) => this.#decoding.id_to_token(id) !== undefined);
    if (known.length === 0) return "";
    return this.#decoding.decode(known, { skip_special_tokens: false });
  }

  decoder(): StreamDecoder {
    // The text of a token can depend on those before: a space between words, the rest of a character. So some
    // that were shown are decoded again with it.
    let ids: number[] = [];
    let shownIds = 0;
    let shownText = "";
    const unshown = () => this.decode(ids).slice(shownText.length);
    return {
      push: (id) => {
        ids.push(this.#check(id));
        const text = unshown();
        if (text === "" || text.endsWith("\ufffd")) return "";
        const latest = ids.slice(shownIds);
        const alone = this.decode(latest);
        // What reads the same alone, but for a space before it, is all that the next ones need.
        if (alone === text || ` ${alone}` === text) [ids, shownText] = [latest, alone];
        else shownText += text;
        shownIds = ids.length;
        return text;
      },
      flush: () => {
        const text = unshown();
        [ids, shownIds, shownText] = [[], 0, ""];
        return text;
      },
    };
  }

  byteLength(id: number): number {
    const token = this.#decoding.id_to_token(this.#check(id)) ?? "";
    // Each character of the token is a byte of the text.
    return this.#isByteLevel && !this.#added.has(id)
      ? [...token].length
      : utf8Bytes(this.decode([id]));
  }

  toJSON(): unknown {
    return this.#json;
  }

  #encodePiece(piece: string): Int32Array {
    const known = this.#kept.get(piece);
    if (known !== undefined) return known;
    const { ids } = this.#encoding.encode(piece, { add_special_tokens: false });
    const checked = Int32Array.from(ids, (found) => {
      // The library leaves a hole for what a list of words does not know.
      const id = found ?? this.#unknown;
      if (id !== undefined) return id;
      throw new InputError(
        `Cannot encode ${
          JSON.stringify(piece.slice(0, 40))
        }: the tokenizer ${this.#source} has no ` +
          `token for a part of it, and none for what is unknown`,
      );
    });
    if (piece.length <= LONGEST_KEPT_PIECE) {
      if (this.#kept.size === MOST_KEPT_PIECES) this.#kept.clear();
      // Joined anew: a slice would keep the whole text it was cut from in memory.
      this.#kept.set([...piece].join(""), checked);
    }
    return checked;
  }

  #check(id: number): number {
    if (!Number.isInteger(id) || id < 0 || id >= this.vocabSize) {
      throw new RangeError(`there is no token ${id} in a vocabulary of ${this.vocabSize}`);
    }
    return id;
  }
}

/** @throws {InputError} If a pattern of a file takes forever on some text. */
async function assertQuickPatterns(json: unknown, source: string): Promise<void> {
  const { normalizer, pre_tokenizer: preTokenizer } = json as Record<string, unknown>;
  const patterns: string[] = [];
  JSON.stringify([normalizer, preTokenizer], (name, value) => {
    if (name === "Regex" && typeof value === "string") patterns.push(value);
    return value;
  });
  if (patterns.length === 0) return;
  const { slowPattern } = await import("./slow_patterns.ts");
  const slow = await slowPattern(patterns);
  if (slow === undefined) return;
  throw new InputError(
    `Cannot use the tokenizer ${source}: its pattern ${JSON.stringify(slow.slice(0, 80))} takes ` +
      "forever on some text",
  );
}

/** The id of the token that stands for whatever is not in the vocabulary; undefined if there is none. */
function unknownId(json: unknown): number | undefined {
  const { unk_token: unknown, vocab } = (json as {
    readonly model: { readonly unk_token?: unknown; readonly vocab: unknown };
  }).model;
  if (typeof unknown !== "string" || Array.isArray(vocab)) return undefined;
  const ids = vocab as Readonly<Record<string, number>>;
  return Object.hasOwn(ids, unknown) ? ids[unknown] : undefined;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0];
}
