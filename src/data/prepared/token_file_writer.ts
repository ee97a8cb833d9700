/**
 * Writes tokens to a file as they come.
 *
 * @module
 */

import { remove } from "../../host/files.ts";
import { makeHash } from "../../host/hash.ts";
import { type OpenFile, openFile, seek, writeAll } from "../../host/open_file.ts";
import { fileError } from "../../files/file_error.ts";
import { encodeHeader, HEADER_BYTES, type TokenFileHeader } from "./token_file.ts";

const BUFFER_BYTES = 2 ** 18;
/** A vocabulary up to this size fits into 16 bits. */
const LARGEST_SHORT_VOCABULARY = 2 ** 16;

/** Writes a file of tokens. Until {@linkcode finish}, what is there is not taken for one. */
export class TokenFileWriter implements Disposable {
  readonly #path: string;
  readonly #file: OpenFile;
  readonly #vocabSize: number;
  readonly #bytesPerToken: 2 | 4;
  readonly #buffer: Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
  readonly #hash = makeHash("sha256");
  #buffered = 0;
  #tokens = 0;

  private constructor(path: string, file: OpenFile, vocabSize: number) {
    this.#path = path;
    this.#file = file;
    this.#vocabSize = vocabSize;
    this.#bytesPerToken = vocabSize <= LARGEST_SHORT_VOCABULARY ? 2 : 4;
    const length = BUFFER_BYTES / this.#bytesPerToken;
    this.#buffer = this.#bytesPerToken === 2 ? new Uint16Array(length) : new Uint32Array(length);
  }

  /**
   * Begins a file.
   *
   * @param path The file, which must not exist yet.
   * @param vocabSize Decides how large a token is: two bytes if that is enough, else four.
   * @throws {InputError} If it exists or cannot be made.
   */
  static async create(path: string, vocabSize: number): Promise<TokenFileWriter> {
    return await attempt(path, async () => {
      const file = await openFile(path, { write: true, createNew: true });
      await seek(file, HEADER_BYTES);
      return new TokenFileWriter(path, file, vocabSize);
    });
  }

  /** How many tokens were written. */
  get tokens(): number {
    return this.#tokens;
  }

  /**
   * Appends tokens.
   *
   * @throws {RangeError} If one is outside the vocabulary.
   * @throws {WorkError} If the disk is full or failing.
   */
  async write(ids: Int32Array): Promise<void> {
    for (const id of ids) {
      // Else the integers of the file would change it without a word.
      if (id < 0 || id >= this.#vocabSize) {
        throw new RangeError(`there is no token ${id} in a vocabulary of ${this.#vocabSize}`);
      }
      this.#buffer[this.#buffered++] = id;
      if (this.#buffered === this.#buffer.length) await this.#flush();
    }
    this.#tokens += ids.length;
  }

  /**
   * Completes the file and forces it to the disk.
   *
   * @param documents How many documents the tokens are; 0 if they are one running text.
   * @throws {WorkError} If the disk is full or failing.
   */
  async finish(documents: number): Promise<TokenFileHeader> {
    await this.#flush();
    const header: TokenFileHeader = {
      bytesPerToken: this.#bytesPerToken,
      tokens: this.#tokens,
      documents,
      sha256: this.#hash.hex(),
    };
    await attempt(this.#path, async () => {
      await seek(this.#file, 0);
      await writeAll(this.#file, encodeHeader(header));
      await this.#file.sync();
    });
    return header;
  }

  async #flush(): Promise<void> {
    const bytes = new Uint8Array(this.#buffer.buffer, 0, this.#buffered * this.#bytesPerToken);
    this.#hash.update(bytes);
    await attempt(this.#path, () => writeAll(this.#file, bytes));
    this.#buffered = 0;
  }

  /** Closes the file; what was not finished is no file of tokens. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/**
 * Writes tokens to a file.
 *
 * @param path The file, which is replaced if it exists.
 * @param vocabSize How many ids there are.
 * @param chunks The tokens, in parts of any length.
 * @throws {RangeError} If one is outside the vocabulary.
 * @throws {WorkError} If the disk is full or failing.
 */
export async function writeTokenFile(
  path: string,
  vocabSize: number,
  chunks: Iterable<Int32Array> | AsyncIterable<Int32Array>,
): Promise<TokenFileHeader> {
  await remove(path).catch(() => {});
  using writer = await TokenFileWriter.create(path, vocabSize);
  for await (const ids of chunks) await writer.write(ids);
  return await writer.finish(0);
}

async function attempt<T>(path: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw fileError("write", path, error);
  }
}
