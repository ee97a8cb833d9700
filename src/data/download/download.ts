/**
 * Downloads of files that are known beforehand.
 *
 * @module
 */

import { WorkError } from "../../errors.ts";
import { sha256Hex } from "../../files/sha256.ts";
import { fetchPatiently } from "./patient_fetch.ts";

/** A file to download. */
export interface Download {
  /** Where it is. */
  readonly url: string;
  /** Its exact size. */
  readonly bytes: number;
  /** Its SHA-256, in hexadecimal digits. */
  readonly sha256: string;
  /** How long the server may stay silent, in milliseconds. */
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
  try {
    const response = await fetchPatiently(url, { signal, patienceMs });
    if (response.status !== 200) {
      await response.cancel();
      throw new Error(`the server answered ${response.status} ${response.statusText}`.trim());
    }
    const bytes = new Uint8Array(file.bytes);
    let received = 0;
    for await (const chunk of response.chunks()) {
      if (received + chunk.length > bytes.length) throw new Error("it is larger than it should be");
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
    const why = error instanceof Error ? error.message : String(error);
    throw new WorkError(`Cannot download ${url}: ${why}`, { cause: error });
  }
}
