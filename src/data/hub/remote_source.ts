/**
 * A file of the hub that is read in parts over the network.
 *
 * What comes is not verified, as the checksum is one of the whole file; nor is it kept.
 *
 * @module
 */

import type { ByteSource } from "../../files/byte_source.ts";
import type { HubAccess } from "./access.ts";
import { DamagedError, withAttempts } from "./attempts.ts";
import { ConnectionError } from "../download/patient_fetch.ts";
import { hubFailure, offlineFailure } from "./failure.ts";
import type { HubFile } from "./hub_file.ts";

/**
 * A file of the hub that is read in parts over the network, unverified.
 *
 * @param access The data set.
 * @param commit The commit.
 * @param file The file.
 */
export function remoteSource(access: HubAccess, commit: string, file: HubFile): ByteSource {
  const url = access.fileUrl(commit, file.path);
  return {
    name: `${file.path} of ${access.name}`,
    bytes: file.bytes,
    async slice(start, end) {
      if (access.settings.offline) throw offlineFailure(access, file.path);
      try {
        return await withAttempts(() => readPart(access, url, start, end), access.attempts);
      } catch (error) {
        access.signal?.throwIfAborted();
        throw hubFailure(access, `read ${file.path} of ${access.name}`, error);
      }
    },
  };
}

async function readPart(
  access: HubAccess,
  url: string,
  start: number,
  end: number,
): Promise<ArrayBuffer> {
  const part = new Uint8Array(end - start);
  if (part.length === 0) return part.buffer;
  const response = await access.request(url, { range: `bytes=${start}-${end - 1}` });
  const range = response.headers.get("content-range") ?? "";
  if (response.status === 206 && !range.startsWith(`bytes ${start}-`)) {
    await response.cancel();
    throw new DamagedError("the hub sent another part of the file than was asked for");
  }
  // A hub that knows no ranges sends the file from its beginning.
  let at = response.status === 206 ? start : 0;
  for await (const chunk of response.chunks()) {
    const wanted = chunk.subarray(Math.max(0, start - at), Math.max(0, end - at));
    part.set(wanted, Math.max(0, at - start));
    at += chunk.length;
    if (at >= end) return part.buffer;
  }
  throw new ConnectionError(`it ended after ${Math.max(0, at - start)} of ${part.length} bytes`);
}
