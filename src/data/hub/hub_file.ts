/**
 * A file of a repository of the hub, as the listing of a commit describes it.
 *
 * @module
 */

import { makeHash } from "../../host/hash.ts";
import { openFile } from "../../host/open_file.ts";

/** A file at one commit. */
export interface HubFile {
  /** Its path in the repository, with forward slashes. */
  readonly path: string;
  /** Its size. */
  readonly bytes: number;
  /** Git's id of it; of a large file, that of the pointer that stands for it. */
  readonly gitId: string;
  /** SHA-256 of a large file; the others have only their git id. */
  readonly sha256: string | undefined;
}

/** Name of the file's content in the cache, which is its checksum. */
export function blobName({ sha256, gitId }: HubFile): string {
  return sha256 ?? gitId;
}

/** The file's checksum and what kind of checksum it is. */
export function digestOf({ sha256, gitId }: HubFile): string {
  return sha256 === undefined ? `git-sha1:${gitId}` : `sha256:${sha256}`;
}

/**
 * Whether a file on disk is this file, by size and checksum.
 *
 * @param path The file on disk.
 * @returns False also if there is none, or it cannot be read.
 */
export async function isIntact(path: string, file: HubFile): Promise<boolean> {
  try {
    using handle = await openFile(path);
    if ((await handle.stat()).size !== file.bytes) return false;
    const hash = makeHash(file.sha256 === undefined ? "sha1" : "sha256");
    if (file.sha256 === undefined) hash.update(`blob ${file.bytes}\0`);
    const chunk = new Uint8Array(1 << 20);
    for (let read; (read = await handle.read(chunk)) !== null;) {
      hash.update(chunk.subarray(0, read));
    }
    return hash.hex() === blobName(file);
  } catch {
    return false;
  }
}
