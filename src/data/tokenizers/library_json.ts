/**
 * A `tokenizer.json` for the JavaScript library, in words that make it do what Rust's does.
 *
 * The library has patterns of its own for some parts, in which `\s`, `\w` and `\d` are JavaScript's: they take U+FEFF for
 * white space and `é` for no letter. Its `Split` understands Rust's patterns, so those parts become splits; behaviors that
 * it does not have become patterns that match what they would.
 *
 * @module
 */

type Part = Readonly<Record<string, unknown>> & { readonly type: string };

/** What Rust's regular expressions take for a part of a word. */
const WORD = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}";
/** Unicode's punctuation, and ASCII's, some of which are symbols to Unicode. */
const PUNCTUATION = "\\p{P}$+<=>^`|~";
const GPT2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/**
 * What the library is given instead of a file.
 *
 * @throws {SyntaxError} If a part does what the library cannot; it says which.
 */
export function libraryJson(json: unknown): unknown {
  const { normalizer, pre_tokenizer: preTokenizer, ...others } = json as {
    readonly normalizer?: Part | null;
    readonly pre_tokenizer?: Part | null;
  };
  return {
    ...others,
    normalizer: normalizer ? rewriteNormalizer(normalizer) : null,
    pre_tokenizer: preTokenizer ? rewritePreTokenizer(preTokenizer) : null,
  };
}

function rewriteNormalizer(part: Part): Part {
  switch (part.type) {
    case "Sequence":
      return { ...part, normalizers: partsOf(part.normalizers).map(rewriteNormalizer) };
    case "Strip":
      return normalizers([
        ...(part.strip_left === false ? [] : [replacing("\\A\\s+", "")]),
        ...(part.strip_right === false ? [] : [replacing("\\s+\\z", "")]),
      ]);
    case "Lowercase":
      return normalizers([smallSigma, part]);
    case "BertNormalizer":
      return part.lowercase === false ? part : normalizers([smallSigma, part]);
  }
  return part;
}

/** JavaScript makes a Σ at the end of a word another letter than Rust, which looks at each alone. */
const smallSigma: Part = { type: "Replace", pattern: { String: "Σ" }, content: "σ" };

function replacing(pattern: string, content: string): Part {
  return { type: "Replace", pattern: { Regex: pattern }, content };
}

function normalizers(parts: readonly Part[]): Part {
  return { type: "Sequence", normalizers: parts };
}

function rewritePreTokenizer(part: Part): Part {
  switch (part.type) {
    case "Sequence":
      return sequence(partsOf(part.pretokenizers).map(rewritePreTokenizer));
    case "ByteLevel":
      if (part.use_regex === false) return part;
      return sequence([
        ...(part.add_prefix_space ? [prefixSpace] : []),
        splitting(GPT2, "Isolated"),
        { ...part, use_regex: false, add_prefix_space: false },
      ]);
    case "Whitespace":
      return keeping(`[${WORD}]+|[^${WORD}\\s]+`);
    case "WhitespaceSplit":
      return keeping("[^\\s]+");
    case "BertPreTokenizer":
      return keeping(`[^\\s${PUNCTUATION}]+|[${PUNCTUATION}]`);
    case "Digits":
      return splitting("\\p{N}", part.individual_digits ? "Isolated" : "Contiguous");
    case "Punctuation":
      return splitting(`[${PUNCTUATION}]`, String(part.behavior ?? "Isolated"));
    case "CharDelimiterSplit":
      return splitting(escaped(String(part.delimiter)), "Removed");
    case "Metaspace": {
      const replacement = String(part.replacement ?? "▁");
      const scheme = part.prepend_scheme ?? (part.add_prefix_space === false ? "never" : "always");
      const spaced = { ...part, prepend_scheme: scheme };
      return part.split === false
        ? spaced
        : sequence([spaced, splitting(escaped(replacement), "MergedWithNext")]);
    }
    case "Split":
      return rewriteSplit(part);
  }
  return part;
}

/** In front of each piece that does not begin with a space. */
const prefixSpace: Part = { type: "Metaspace", replacement: " ", prepend_scheme: "always" };

function rewriteSplit(part: Part): Part {
  const { Regex, String: text } = Object(part.pattern) as { Regex?: unknown; String?: unknown };
  const pattern = typeof Regex === "string" ? Regex : typeof text === "string" ? escaped(text) : "";
  if (pattern === "") throw new SyntaxError("its Split has no pattern");
  const behavior = String(part.behavior);
  if (!part.invert) return splitting(pattern, behavior);
  if (behavior === "Removed") return keeping(pattern);
  if (behavior === "Isolated") return splitting(pattern, behavior);
  throw new SyntaxError(
    `its Split is inverted with the behavior ${behavior}, which is not supported`,
  );
}

/** A split by what a pattern matches. */
function splitting(pattern: string, behavior: string): Part {
  const other = `(?:(?!${pattern})[\\x{0}-\\x{10FFFF}])`;
  const match = `(?:${pattern})`;
  switch (behavior) {
    case "Removed":
    case "Isolated":
      return {
        ...{ type: "Split", pattern: { Regex: pattern }, behavior, invert: false },
      };
    case "Contiguous":
      return splitting(`${match}+`, "Isolated");
    case "MergedWithPrevious":
      return keeping(`${other}*${match}|${other}+`);
    case "MergedWithNext":
      return keeping(`${match}${other}*|${other}+`);
  }
  throw new SyntaxError(`its pre-tokenizer has the behavior ${behavior}, which is not known`);
}

/** The pieces that a pattern matches; the rest is dropped. */
function keeping(pattern: string): Part {
  return { type: "Split", pattern: { Regex: pattern }, behavior: "Removed", invert: true };
}

function sequence(parts: readonly Part[]): Part {
  return parts.length === 1 ? parts[0] : { type: "Sequence", pretokenizers: parts };
}

function partsOf(value: unknown): readonly Part[] {
  const isList = Array.isArray(value) &&
    value.every((part) => typeof part?.type === "string");
  if (isList) return value;
  throw new SyntaxError("a sequence in it has no list of parts");
}

function escaped(text: string): string {
  return text.replace(
    /[\\^$.*+?()[\]{}|/#\s-]/gu,
    (character) => `\\x{${character.codePointAt(0)!.toString(16)}}`,
  );
}
