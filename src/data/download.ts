/**
 * Downloads of files that are known beforehand.
 *
 * @module
 */

import { WorkError } from "../errors.ts";
import { sha256Hex } from "../files/sha256.ts";

/** A file to download. */
export interface Download {
  /** Where it is. */
  readonly url: string;
  /** Its exact size. */
  readonly bytes: number;
  /** Its SHA-256, in hexadecimal digits. */
  readonly sha256: string;
  /** How long the server may stay silent, in milliseconds; the whole may take 20 times as long. */
  readonly patienceMs?: number;
  /** Gives the download up. */
  readonly signal?: AbortSignal;
}

/** Short enough that a missing network is known within 3 seconds. */
const defaultPatienceMs = 2500;

/**
 * Downloads a file and verifies it.
 *
 * @param file What to download, and how long to wait for it.
 * @returns Its bytes, which have the size and checksum that were asked for.
 * @throws {WorkError} If the server cannot be reached, stays silent, refuses, or sends anything else.
 * @throws The reason of `signal`, if it is aborted.
 */
export async function download(file: Download): Promise<Uint8Array<ArrayBuffer>> {
  const { url, signal, patienceMs = defaultPatienceMs } = file;
  const deadline = performance.now() + 20 * patienceMs;
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), patienceMs);
  const signals = signal === undefined ? [silence.signal] : [silence.signal, signal];
  try {
    const response = await fetch(url, { signal: AbortSignal.any(signals) });
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      throw new Error(`the server answered ${response.status} ${response.statusText}`.trim());
    }
    const bytes = new Uint8Array(file.bytes);
    let received = 0;
    for await (const chunk of response.body) {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), patienceMs);
      if (received + chunk.length > bytes.length) throw new Error("it is larger than it should be");
      if (performance.now() > deadline) throw new Error("it comes too slowly");
      bytes.set(chunk, received);
      received += chunk.length;
    }
    if (received < bytes.length) {
      throw new Error(`it ended after ${received} of ${bytes.length} bytes`);
    }
    if (await sha256Hex(bytes) !== file.sha256) throw new Error("its checksum is wrong");
    return bytes;
  } catch (error) {
    signal?.throwIfAborted();
    const why = silence.signal.aborted
      ? `the server was silent for ${patienceMs / 1000} seconds`
      : briefly(error);
    throw new WorkError(`Cannot download ${url}: ${why}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** What was at the bottom of an error, in one line, without the address that Deno repeats in it. */
function briefly(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return briefly(error.cause);
  const [line] = error.message.split("\n");
  return line.replace(/^error sending request for url \(.*?\): (client error \(Connect\): )?/, "");
}
