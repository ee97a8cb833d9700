/**
 * Bytes of blobs and of addresses, read in parts.
 *
 * @module
 */

import { InputError, WorkError } from "../errors.ts";
import type { ByteSource } from "./byte_source.ts";

/**
 * The bytes of a `Blob` or `File`, which may lie on disk.
 *
 * @param name What to call it in an error.
 */
export function blobSource(blob: Blob, name: string): ByteSource {
  return {
    name,
    bytes: blob.size,
    async slice(start, end) {
      try {
        return await blob.slice(start, end).arrayBuffer();
      } catch (error) {
        // The file that was chosen has been changed or removed since.
        throw new InputError(`Cannot read ${name}: ${messageOf(error)}`, { cause: error });
      }
    },
  };
}

/** What {@link fetchBlob} tells and heeds. */
export interface FetchOptions {
  /** Receives how many bytes have come, and how many there are if the server says so. */
  readonly onProgress?: (done: number, total: number | undefined) => void;
  /** Ends the download; its reason is thrown. */
  readonly signal?: AbortSignal;
}

/**
 * Downloads what lies at an address. The browser may keep it on disk, so that a large file needs no memory.
 *
 * @throws {InputError} If there is nothing, or it may not be read.
 * @throws {WorkError} If the server cannot be reached, breaks off, or fails.
 */
export async function fetchBlob(
  url: string | URL,
  { onProgress, signal }: FetchOptions = {},
): Promise<Blob> {
  let response: Response;
  try {
    response = await fetch(url, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw new WorkError(`Cannot load ${url}: ${messageOf(error)}`, { cause: error });
  }
  if (!response.ok) {
    await response.body?.cancel();
    const why = `Cannot load ${url}: the server answered ${response.status}`;
    throw response.status < 500 ? new InputError(why) : new WorkError(why);
  }
  const length = Number(response.headers.get("content-length") ?? NaN);
  // A length is that of what was sent: what is packed for the way is longer here.
  const isPacked = response.headers.has("content-encoding");
  const total = Number.isNaN(length) || isPacked ? undefined : length;
  let done = 0;
  const counted = response.body?.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        done += chunk.length;
        onProgress?.(done, total);
        controller.enqueue(chunk);
      },
    }),
  );
  try {
    return await new Response(counted).blob();
  } catch (error) {
    signal?.throwIfAborted();
    throw new WorkError(`Cannot load ${url}: ${messageOf(error)}`, { cause: error });
  }
}

const messageOf = (error: unknown) => error instanceof Error ? error.message : String(error);
