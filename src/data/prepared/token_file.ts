/**
 * Tokens in a file: the smallest integers that hold them, behind a header of 64 bytes.
 *
 * | bytes | what |
 * |---|---|
 * | 0–7 | `BTTOKENS` |
 * | 8–11 | version of the format, 1 |
 * | 12–15 | bytes per token, 2 or 4 |
 * | 16–23 | number of tokens |
 * | 24–31 | number of documents; 0: one running text |
 * | 32–63 | SHA-256 of all that follows |
 * | 64– | the tokens |
 *
 * All integers are unsigned and little-endian.
 *
 * @module
 */

import { makeHash } from "../../host/hash.ts";
import { type OpenFile, openFile, openFileSync, readFull, seek } from "../../host/open_file.ts";
import { InputError } from "../../errors.ts";
import { fileError } from "../../files/file_error.ts";
import { MemoryTokens, type TokenSource } from "../text/token_source.ts";

/** What the header says. */
export interface TokenFileHeader {
  /** Size of a token. */
  readonly bytesPerToken: 2 | 4;
  /** How many tokens there are. */
  readonly tokens: number;
  /** How many documents they are; 0 if they are one running text. */
  readonly documents: number;
  /** SHA-256 of the tokens, in hexadecimal digits. */
  readonly sha256: string;
}

/** How a file is opened. */
export interface TokenFileOptions {
  /** Up to this size all tokens are held in memory, by default 64 MiB; more are read as they are needed. */
  readonly memoryBytes?: number;
  /** Called as the file is verified. */
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
  /** Gives up; its reason is thrown. */
  readonly signal?: AbortSignal;
}

/** Size of the header, behind which the tokens begin. */
export const HEADER_BYTES = 64;
const MAGIC = new TextEncoder().encode("BTTOKENS");
const VERSION = 1;
const DEFAULT_MEMORY_BYTES = 2 ** 26;
/** As many parts are read at once. */
const MOST_HANDLES = 16;
const CHUNK_BYTES = 2 ** 20;

/**
 * A verified file of tokens. Dispose it when done.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { TokenFile } from "./token_file.ts";
 * import { writeTokenFile } from "./token_file_writer.ts";
 *
 * const path = await Deno.makeTempFile();
 * await writeTokenFile(path, 50_000, [Int32Array.of(3, 1, 4), Int32Array.of(49_999)]);
 * using tokens = await TokenFile.open(path, { memoryBytes: 0 });
 * const last = new Int32Array(2);
 * await tokens.read(2, last);
 * assert.deepEqual(last, Int32Array.of(4, 49_999));
 * await Deno.remove(path);
 * ```
 */
export class TokenFile implements TokenSource, Disposable {
  /** Where it is. */
  readonly path: string;
  /** What its header says. */
  readonly header: TokenFileHeader;
  readonly #memory: MemoryTokens | undefined;
  readonly #idle: OpenFile[] = [];
  readonly #waiting: ((handle: OpenFile) => void)[] = [];
  #handles = 0;
  #isDisposed = false;

  private constructor(path: string, header: TokenFileHeader, memory: MemoryTokens | undefined) {
    this.path = path;
    this.header = header;
    this.#memory = memory;
  }

  /**
   * Opens a file and verifies that it is whole and unchanged since it was written.
   *
   * @throws {InputError} If it is missing, cannot be read, is damaged or of another version.
   */
  static async open(path: string, options: TokenFileOptions = {}): Promise<TokenFile> {
    const { memoryBytes = DEFAULT_MEMORY_BYTES } = options;
    try {
      using file = await openFile(path);
      const header = await readHeader(file, path);
      const bytes = header.tokens * header.bytesPerToken;
      const memory = bytes <= memoryBytes ? new Uint8Array(bytes) : undefined;
      await verify(file, path, header, memory, options);
      return new TokenFile(path, header, memory && new MemoryTokens(integers(memory, header)));
    } catch (error) {
      options.signal?.throwIfAborted();
      throw fileError("read", path, error);
    }
  }

  get length(): number {
    return this.header.tokens;
  }

  /** Whether all tokens are in memory. */
  get isInMemory(): boolean {
    return this.#memory !== undefined;
  }

  /**
   * Reads as many tokens as fit; several reads may be under way at once.
   *
   * @throws {RangeError} If there are not as many from `start` on.
   * @throws {WorkError} If the file can no longer be read.
   */
  read(start: number, into: Int32Array): void | Promise<void> {
    if (!Number.isInteger(start) || start < 0 || start + into.length > this.length) {
      throw new RangeError(
        `there are no ${into.length} tokens from ${start} on among ${this.length} in ${this.path}`,
      );
    }
    return this.#memory ? this.#memory.read(start, into) : this.#readFile(start, into);
  }

  async #readFile(start: number, into: Int32Array): Promise<void> {
    const { bytesPerToken } = this.header;
    const bytes = new Uint8Array(into.length * bytesPerToken);
    try {
      const handle = await this.#borrow();
      try {
        await seek(handle, HEADER_BYTES + start * bytesPerToken);
        await readFull(handle, bytes);
      } finally {
        this.#giveBack(handle);
      }
    } catch (error) {
      throw fileError("read", this.path, error);
    }
    into.set(integers(bytes, this.header));
  }

  /** A handle that nobody else moves meanwhile. */
  async #borrow(): Promise<OpenFile> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#handles === MOST_HANDLES) {
      return await new Promise((resolve) => this.#waiting.push(resolve));
    }
    this.#handles++;
    return openFileSync(this.path);
  }

  #giveBack(handle: OpenFile): void {
    const next = this.#waiting.shift();
    if (next !== undefined) next(handle);
    else if (this.#isDisposed) handle.close();
    else this.#idle.push(handle);
  }

  /** Closes the file; reads that are under way are finished. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    for (const handle of this.#idle.splice(0)) handle.close();
  }
}

/**
 * A header as bytes.
 *
 * @throws {RangeError} If a count cannot be exact.
 */
export function encodeHeader(header: TokenFileHeader): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint32(8, VERSION, true);
  view.setUint32(12, header.bytesPerToken, true);
  view.setBigUint64(16, BigInt(header.tokens), true);
  view.setBigUint64(24, BigInt(header.documents), true);
  bytes.set(Uint8Array.fromHex(header.sha256), 32);
  return bytes;
}

async function readHeader(file: OpenFile, path: string): Promise<TokenFileHeader> {
  const refuse = (why: string) => {
    throw new InputError(`Cannot read ${path}: ${why}, prepare the data again`);
  };
  const { size, isFile } = await file.stat();
  const bytes = new Uint8Array(HEADER_BYTES);
  if (!isFile || size < HEADER_BYTES) refuse("it is no whole file of tokens");
  await readFull(file, bytes);
  const view = new DataView(bytes.buffer);
  if (MAGIC.some((byte, at) => bytes[at] !== byte)) refuse("it is no file of tokens");
  const version = view.getUint32(8, true);
  if (version !== VERSION) {
    refuse(`it is of version ${version} of the format, version ${VERSION} is accepted`);
  }
  const bytesPerToken = view.getUint32(12, true);
  const tokens = Number(view.getBigUint64(16, true));
  const documents = Number(view.getBigUint64(24, true));
  if (bytesPerToken !== 2 && bytesPerToken !== 4) {
    return refuse(`it is damaged: ${bytesPerToken} bytes per token`);
  }
  const expected = HEADER_BYTES + tokens * bytesPerToken;
  if (size !== expected) refuse(`it is damaged: it has ${size} bytes instead of ${expected}`);
  return { bytesPerToken, tokens, documents, sha256: bytes.subarray(32).toHex() };
}

/** Compares all tokens with their checksum, and keeps them if there is room. */
async function verify(
  file: OpenFile,
  path: string,
  header: TokenFileHeader,
  memory: Uint8Array | undefined,
  { onProgress, signal }: TokenFileOptions,
): Promise<void> {
  const total = header.tokens * header.bytesPerToken;
  const hash = makeHash("sha256");
  const shared = new Uint8Array(memory ? 0 : Math.min(CHUNK_BYTES, total));
  for (let done = 0; done < total;) {
    signal?.throwIfAborted();
    const end = Math.min(total, done + CHUNK_BYTES);
    const chunk = memory ? memory.subarray(done, end) : shared.subarray(0, end - done);
    await readFull(file, chunk);
    hash.update(chunk);
    done = end;
    onProgress?.(done, total);
  }
  if (hash.hex() === header.sha256) return;
  throw new InputError(
    `Cannot read ${path}: it is damaged: its checksum is wrong, prepare the data again`,
  );
}

function integers(
  { buffer }: Uint8Array<ArrayBuffer>,
  { bytesPerToken }: TokenFileHeader,
): Uint16Array | Uint32Array {
  return bytesPerToken === 2 ? new Uint16Array(buffer) : new Uint32Array(buffer);
}
