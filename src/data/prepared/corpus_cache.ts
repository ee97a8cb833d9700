/**
 * The cache of prepared data.
 *
 * ```
 * CACHE/prepared/NAME-KEY/
 *   card.json                what it is: source, licence, checksums, options, counts
 *   train.tokens  validation.tokens  test.tokens
 * CACHE/tokenizers/NAME-KEY.json
 * ```
 *
 * A key depends on everything that decides the content, so another option is another entry. Whatever was damaged is
 * noticed and made anew. Several processes may use and fill the cache at once.
 *
 * @module
 */

import { exists, readTextFile } from "../../host/files.ts";
import { basename, join } from "../../host/paths.ts";
import { InputError, WorkError } from "../../errors.ts";
import { writeFileAtomic } from "../../files/atomic.ts";
import { publishDirectory } from "../../files/publish_directory.ts";
import { sha256Hex } from "../../files/sha256.ts";
import type { Corpus, PartName } from "../text/corpus.ts";
import { encodePart } from "../text/encode_part.ts";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";
import { loadTokenizer } from "../tokenizers/load_tokenizer.ts";
import {
  type CorpusIdentity,
  type DataIdentity,
  identifyCorpus,
  identifyTokenizer,
  makeCard,
  type PartRecord,
  partRecord,
  readCard,
  writeCard,
} from "./data_card.ts";
import { PreparedCorpus, type PreparedPart } from "./prepared_corpus.ts";
import { TokenFile, type TokenFileOptions } from "./token_file.ts";
import { TokenFileWriter } from "./token_file_writer.ts";

/** How far a preparation is. */
export interface PreparationProgress {
  /** What is done: all text is read, a part of it is tokenized, or what is in the cache is verified. */
  readonly stage: "reading" | "tokenizing" | "verifying";
  /** UTF-16 units read or tokenized, or bytes verified. */
  readonly done: number;
  /** How many there are, as far as that is known. */
  readonly total: number;
}

/** How data is prepared and opened. */
export interface PreparationOptions extends Pick<TokenFileOptions, "memoryBytes" | "signal"> {
  /** Receives each thing worth telling the user, as one line. */
  readonly onNotice?: (line: string) => void;
  /** Called now and then. */
  readonly onProgress?: (progress: PreparationProgress) => void;
}

/** As often something is prepared that others take away. */
const ATTEMPTS = 3;

/** What the cache holds of a corpus. */
export class CorpusCache {
  readonly #directory: string;
  readonly #corpus: Corpus;
  readonly #identity: CorpusIdentity;

  private constructor(directory: string, corpus: Corpus, identity: CorpusIdentity) {
    this.#directory = directory;
    this.#corpus = corpus;
    this.#identity = identity;
  }

  /**
   * Looks which files a corpus is made of: files on disk are read for their checksums.
   *
   * @param directory Folder of the cache.
   * @throws {InputError} If a file cannot be read.
   */
  static async of(corpus: Corpus, directory: string): Promise<CorpusCache> {
    return new CorpusCache(directory, corpus, await identifyCorpus(corpus));
  }

  /**
   * The tokenizer that was made from the corpus before.
   *
   * @param spec What `--tokenizer` said.
   * @returns Undefined if it is not there, or damaged.
   */
  async readTokenizer(spec: string): Promise<Tokenizer | undefined> {
    const path = await this.#tokenizerPath(spec);
    try {
      const { sha256, tokenizer } = JSON.parse(await readTextFile(path));
      if (await sha256Hex(JSON.stringify(tokenizer)) !== sha256) return undefined;
      return await loadTokenizer(tokenizer, path);
    } catch {
      return undefined;
    }
  }

  /** Keeps a tokenizer that was made from the corpus. */
  async writeTokenizer(spec: string, tokenizer: Tokenizer): Promise<void> {
    const json = JSON.stringify(tokenizer.toJSON());
    const content = `{"sha256":"${await sha256Hex(json)}","tokenizer":${json}}\n`;
    await writeFileAtomic(await this.#tokenizerPath(spec), content);
  }

  /**
   * Opens what was prepared before.
   *
   * @param opened Which parts are wanted.
   * @param parts Which parts were prepared.
   * @returns Undefined if it is not there, or damaged.
   */
  async find(
    tokenizer: Tokenizer,
    options: PreparationOptions,
    opened: readonly PartName[],
    parts: readonly PartName[] = this.#corpus.partNames,
  ): Promise<PreparedCorpus | undefined> {
    const identity = await this.#dataIdentity(tokenizer);
    return await openEntry(await this.#entryPath(identity, parts), identity, opened, options);
  }

  /** Whether the corpus was prepared before; what is there may be damaged. */
  async has(tokenizer: Tokenizer, parts: readonly PartName[]): Promise<boolean> {
    const path = await this.#entryPath(await this.#dataIdentity(tokenizer), parts);
    return await exists(path);
  }

  /**
   * Prepares the corpus, or opens what was prepared before.
   *
   * @param parts Which parts.
   * @throws {InputError} If a text cannot be read or encoded, or the cache cannot be written to.
   * @throws {WorkError} If the disk is full, or a file was changed while it was read.
   */
  async prepare(
    tokenizer: Tokenizer,
    options: PreparationOptions,
    parts: readonly PartName[] = this.#corpus.partNames,
  ): Promise<PreparedCorpus> {
    const identity = await this.#dataIdentity(tokenizer);
    const path = await this.#entryPath(identity, parts);
    const open = () => openEntry(path, identity, parts, options);
    // Another process that found it damaged may take away what this one has just made.
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const found = await open();
      if (found !== undefined) return found;
      await publishDirectory(
        path,
        (folder) => this.#write(folder, tokenizer, identity, options, parts),
        async () => {
          using made = await open();
          return made !== undefined;
        },
      );
    }
    const made = await open();
    if (made !== undefined) return made;
    throw new WorkError(`Cannot use ${path}: it was removed as soon as it was prepared`);
  }

  async #write(
    folder: string,
    tokenizer: Tokenizer,
    identity: DataIdentity,
    { onProgress, signal }: PreparationOptions,
    parts: readonly PartName[],
  ): Promise<void> {
    const corpus = this.#corpus;
    const { bytes } = corpus;
    const { sha256, unitsPerByte } = await corpus.measure({
      signal,
      onProgress: (done) => onProgress?.({ stage: "reading", done, total: bytes }),
    });
    const total = Math.ceil(bytes * unitsPerByte);
    const records: [PartName, PartRecord][] = [];
    let before = 0;
    for (const name of parts) {
      const file = `${name}.tokens`;
      using writer = await TokenFileWriter.create(join(folder, file), tokenizer.vocabSize);
      let units = 0;
      const encoded = await encodePart(corpus.part(name), tokenizer, (ids) => writer.write(ids), {
        signal,
        onProgress(done) {
          units = done;
          onProgress?.({ stage: "tokenizing", done: before + done, total });
        },
      });
      before += units;
      records.push([name, partRecord(file, encoded, await writer.finish(encoded.documents))]);
    }
    const { files: filesNow } = await identifyCorpus(corpus);
    if (JSON.stringify(filesNow) !== JSON.stringify(identity.files)) {
      throw new WorkError(
        `Cannot prepare ${corpus.dataset.name}: it was changed while it was read, prepare it again`,
      );
    }
    await writeCard(folder, makeCard(identity, corpus, sha256, Object.fromEntries(records)));
  }

  async #dataIdentity(tokenizer: Tokenizer): Promise<DataIdentity> {
    return { ...this.#identity, tokenizer: await identifyTokenizer(tokenizer) };
  }

  async #entryPath(identity: DataIdentity, parts: readonly PartName[]): Promise<string> {
    return join(this.#directory, "prepared", await this.#entryName({ ...identity, parts }));
  }

  async #tokenizerPath(spec: string): Promise<string> {
    const name = await this.#entryName({ ...this.#identity, spec });
    return join(this.#directory, "tokenizers", `${name}.json`);
  }

  async #entryName(key: unknown): Promise<string> {
    const hash = await sha256Hex(JSON.stringify(key));
    return `${plainName(this.#identity.name)}-${hash.slice(0, 16)}`;
  }
}

/** The last word of a name, fit for a folder. */
function plainName(name: string): string {
  const word = basename(name.replace(/@[0-9a-f]{7,}$/, "")).replace(/[^\p{L}\p{N}._-]+/gu, "-");
  return word.replace(/^[.-]+/, "").slice(0, 40) || "data";
}

/** Opens what is in a folder; undefined if nothing is there or it is damaged. */
async function openEntry(
  path: string,
  identity: DataIdentity,
  opened: readonly PartName[],
  options: PreparationOptions,
): Promise<PreparedCorpus | undefined> {
  const { memoryBytes, onNotice, onProgress, signal } = options;
  const files: TokenFile[] = [];
  try {
    const card = await readCard(path, identity);
    if (card === undefined) return undefined;
    const parts = new Map<PartName, PreparedPart>();
    for (const name of opened) {
      const record = card.parts[name];
      if (record === undefined) throw new InputError(`Cannot read ${path}: it has no part ${name}`);
      const file = await TokenFile.open(join(path, record.file), {
        ...{ memoryBytes, signal },
        onProgress: (done, total) => onProgress?.({ stage: "verifying", done, total }),
      });
      files.push(file);
      checkRecord(file, record);
      const { documents, predicted_bytes: predictedBytes } = record;
      parts.set(name, { tokens: file, documents, predictedBytes });
    }
    return new PreparedCorpus(parts, { path, card });
  } catch (error) {
    for (const file of files) file[Symbol.dispose]();
    if (!(error instanceof InputError)) throw error;
    onNotice?.(`What was prepared in ${path} cannot be used: ${error.message}`);
    return undefined;
  }
}

/** A whole file that is not the one of the card is damage too. */
function checkRecord({ path, header }: TokenFile, { sha256, tokens }: PartRecord): void {
  if (sha256 === header.sha256 && tokens === header.tokens) return;
  throw new InputError(`Cannot read ${path}: it is not the file of its card`);
}
