/**
 * What is known about prepared data: the card beside its tokens.
 *
 * @module
 */

import { isMissing } from "../../host/file_failures.ts";
import { readTextFile } from "../../host/files.ts";
import { openFile } from "../../host/open_file.ts";
import { join } from "../../host/paths.ts";
import { denoVersion } from "../../host/system.ts";
import program from "../../../deno.json" with { type: "json" };
import { InputError } from "../../errors.ts";
import { fileError } from "../../files/file_error.ts";
import { sha256Hex } from "../../files/sha256.ts";
import type { Corpus, PartName } from "../text/corpus.ts";
import type { CorpusOptions } from "../text/corpus_options.ts";
import type { EncodedPart } from "../text/encode_part.ts";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";
import type { TokenFileHeader } from "./token_file.ts";

/** What decides the texts of data. */
export interface CorpusIdentity {
  /** Version of this layout. */
  readonly format: number;
  /** A name that always means exactly this data. */
  readonly name: string;
  /** The files it is read from. */
  readonly files: readonly SourceFile[];
  /** What became of the texts before they were tokenized. */
  readonly options: CorpusOptions;
}

/** What decides the tokens: data with equal identities has equal tokens. */
export interface DataIdentity extends CorpusIdentity {
  /** What encoded the texts. */
  readonly tokenizer: TokenizerIdentity;
}

/** A file that data was read from. */
export interface SourceFile {
  /** The split it belongs to in the data set. */
  readonly split: string;
  /** Its path on disk or in its repository. */
  readonly path: string;
  /** Its size. */
  readonly bytes: number;
  /** Its checksum, after the kind of checksum it is. */
  readonly digest: string;
}

/** Which tokenizer it was. */
export interface TokenizerIdentity {
  /** What a token is. */
  readonly kind: Tokenizer["kind"];
  /** How many there are. */
  readonly vocab_size: number;
  /** SHA-256 of its `tokenizer.json`, in hexadecimal digits. */
  readonly sha256: string;
}

/** The card. */
export interface DataCard extends DataIdentity {
  /** Where the data is from, for people. */
  readonly source: string;
  /** The commit of a data set of the hub. */
  readonly revision: string | null;
  /** The terms it may be used under. */
  readonly license: string;
  /** Whether the files were verified; not if rows were read over the network. */
  readonly verified: boolean;
  /** SHA-256 of the text to train and to validate on, before it was cleaned. */
  readonly sha256: string;
  /** What was prepared, by its name. */
  readonly parts: Readonly<Partial<Record<PartName, PartRecord>>>;
  /** Of the program that prepared it. */
  readonly versions: { readonly bittext: string; readonly deno: string };
}

/** A file of tokens and how much text they stand for. */
export interface PartRecord {
  /** Its name beside the card. */
  readonly file: string;
  /** How many tokens there are. */
  readonly tokens: number;
  /** How many documents they are; 0: one running text. */
  readonly documents: number;
  /** UTF-8 bytes of the text. */
  readonly bytes: number;
  /** The same without those of the first token: for bits per byte. */
  readonly predicted_bytes: number;
  /** Size of a token. */
  readonly bytes_per_token: number;
  /** SHA-256 of the tokens, in hexadecimal digits. */
  readonly sha256: string;
}

const FORMAT = 1;
const CARD_FILE = "card.json";

/** Which tokenizer it is. */
export async function identifyTokenizer(tokenizer: Tokenizer): Promise<TokenizerIdentity> {
  const { kind, vocabSize } = tokenizer;
  const sha256 = await sha256Hex(JSON.stringify(tokenizer.toJSON()));
  return { kind, vocab_size: vocabSize, sha256 };
}

async function sourceFiles(corpus: Corpus): Promise<SourceFile[]> {
  const files = corpus.splits.flatMap((split) => split.files.map((file) => ({ split, file })));
  return await Promise.all(files.map(async ({ split, file }) => ({
    split: split.name,
    path: file.path,
    bytes: file.bytes,
    digest: await file.digest(),
  })));
}

/** Everything that decides the texts of a corpus. */
export async function identifyCorpus(corpus: Corpus): Promise<CorpusIdentity> {
  const { canonicalName } = corpus.dataset;
  return {
    format: FORMAT,
    name: canonicalName,
    files: await sourceFiles(corpus),
    options: corpus.options,
  };
}

/** The record of a file of tokens. */
export function partRecord(
  file: string,
  { tokens, documents, bytes, predictedBytes }: EncodedPart,
  { bytesPerToken, sha256 }: TokenFileHeader,
): PartRecord {
  return {
    file,
    tokens,
    documents,
    bytes,
    predicted_bytes: predictedBytes,
    bytes_per_token: bytesPerToken,
    sha256,
  };
}

/** The card of prepared data. */
export function makeCard(
  identity: DataIdentity,
  { dataset }: Corpus,
  sha256: string,
  parts: DataCard["parts"],
): DataCard {
  const versions = { bittext: program.version, deno: denoVersion };
  const { source, license, isVerified: verified } = dataset;
  const revision = dataset.revision ?? null;
  return { ...identity, source, revision, license, verified, sha256, parts, versions };
}

/** Writes a card into a folder. */
export async function writeCard(folder: string, card: DataCard): Promise<void> {
  const path = join(folder, CARD_FILE);
  const checked = { ...card, card_sha256: await sha256Hex(JSON.stringify(card)) };
  try {
    using file = await openFile(path, { write: true, createNew: true });
    const bytes = new TextEncoder().encode(JSON.stringify(checked, null, 2) + "\n");
    for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
    await file.sync();
  } catch (error) {
    throw fileError("write", path, error);
  }
}

/**
 * Reads the card in a folder.
 *
 * @returns Undefined if there is no card.
 * @throws {InputError} If it is damaged or that of other data.
 */
export async function readCard(
  folder: string,
  identity: DataIdentity,
): Promise<DataCard | undefined> {
  const path = join(folder, CARD_FILE);
  let text: string;
  try {
    text = await readTextFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw fileError("read", path, error);
  }
  const { card_sha256: checksum, ...card } = parse(text);
  const isOf = (field: string) =>
    JSON.stringify(card[field as keyof DataCard]) ===
      JSON.stringify(identity[field as keyof DataIdentity]);
  const isWhole = checksum === await sha256Hex(JSON.stringify(card));
  if (isWhole && Object.keys(identity).every(isOf)) return card as DataCard;
  throw new InputError(`Cannot read ${path}: it is damaged, prepare the data again`);
}

function parse(text: string): Partial<DataCard> & { readonly card_sha256?: string } {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
