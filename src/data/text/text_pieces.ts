/**
 * Where a text may be cut without changing the ids of somebody else's tokenizer.
 *
 * @module
 */

/** Between a word and the space before the next, or between a word and the end of its line. */
const CUT = /[A-Za-z](?= [A-Za-z])|\p{L}(?=\n)/u;
const CUTS = new RegExp(CUT, "gu");
/** Units behind a cut that it is recognized by. */
const LOOKAHEAD = 2;

/** How the splitting patterns of GPT-2 and its successors end: nothing crosses from a letter to white space. */
const GPT_PATTERN = /\|\\s\+\(\?!\\S\)\|\\s\+$/;

/** Normalizers and pre-tokenizers that never look across such a place. */
const LOCAL = new Set([
  ...["BertNormalizer", "Lowercase", "NFC", "NFD", "NFKC", "NFKD", "StripAccents"],
  ...["BertPreTokenizer", "ByteLevel", "Digits", "Punctuation", "Whitespace", "WhitespaceSplit"],
]);
/** Those that split at every such place. */
const SPLITTERS = new Set(["BertPreTokenizer", "Whitespace", "WhitespaceSplit"]);

/** A normalizer or pre-tokenizer of a `tokenizer.json`. */
interface Part {
  readonly type: string;
  readonly normalizers?: readonly Part[];
  readonly pretokenizers?: readonly Part[];
  readonly pattern?: { readonly Regex?: string };
  readonly use_regex?: boolean;
  readonly add_prefix_space?: boolean;
}

/** What {@link TextPieces} looks at. */
interface Parts {
  readonly normalizer?: Part | null;
  readonly pre_tokenizer?: Part | null;
  readonly added_tokens?: readonly { readonly content: string }[];
}

/**
 * Cuts a text where a tokenizer starts anew anyway. So a long text needs little memory, and what came before can be
 * looked up.
 */
export class TextPieces {
  readonly #canCut: boolean;

  /** @param json Content of the tokenizer's `tokenizer.json`. */
  constructor(json: unknown) {
    const { normalizer, pre_tokenizer, added_tokens = [] } = json as Parts;
    const parts = [...flatten(normalizer), ...flatten(pre_tokenizer)];
    this.#canCut = parts.every(isLocal) && parts.some(splits) &&
      !added_tokens.some(({ content }) => CUT.test(content));
  }

  /** The pieces of a text, in order: the whole text if the tokenizer might look across the cuts. */
  *cut(text: string): Generator<string> {
    let start = 0;
    if (this.#canCut) {
      for (const match of text.matchAll(CUTS)) {
        const end = match.index + match[0].length;
        yield text.slice(start, end);
        start = end;
      }
    }
    if (start < text.length) yield text.slice(start);
  }

  /**
   * The last place where the beginning of a text may be cut off, whatever follows it; 0 if there is none.
   *
   * @param from How much of the text was searched before, in vain.
   */
  lastCut(text: string, from: number): number {
    if (!this.#canCut) return 0;
    const searched = Math.max(0, from - LOOKAHEAD);
    const match = [...text.slice(searched).matchAll(CUTS)].at(-1);
    return match === undefined ? 0 : searched + match.index + match[0].length;
  }
}

/** A part, or the parts of a sequence. */
function flatten(part: Part | null | undefined): Part[] {
  if (part === null || part === undefined) return [];
  if (part.type !== "Sequence") return [part];
  return [...part.normalizers ?? [], ...part.pretokenizers ?? []].flatMap(flatten);
}

function isLocal(part: Part): boolean {
  // A space put before a text would be put before every piece.
  if (part.add_prefix_space) return false;
  return LOCAL.has(part.type) || isGptSplit(part);
}

function splits(part: Part): boolean {
  if (part.type === "ByteLevel") return part.use_regex !== false;
  return SPLITTERS.has(part.type) || isGptSplit(part);
}

function isGptSplit({ type, pattern }: Part): boolean {
  return type === "Split" && GPT_PATTERN.test(pattern?.Regex ?? "");
}
