/**
 * The part of the cache that belongs to one data set, laid out as by every Hugging Face client:
 *
 * ```
 * $HF_HOME/hub/
 *   .locks/datasets--OWNER--NAME/CHECKSUM.lock    held by whoever downloads the content
 *   datasets--OWNER--NAME/
 *     blobs/CHECKSUM                              a content, whole
 *     blobs/CHECKSUM.incomplete                   a content that is being downloaded
 *     refs/main                                   the commit of a branch or tag
 *     snapshots/COMMIT/PATH                       a file: a link to its content
 *     trees/COMMIT.json                           the files that a commit has
 * ```
 *
 * Nothing in it depends on the address of the hub.
 *
 * @module
 */

import {
  copyFile,
  isTaken,
  makeFolder,
  makeLink,
  makeSymbolicLink,
  readFolder,
  readTextFile,
  remove,
  removeLink,
  rename,
  stat,
} from "../../host/files.ts";
import { type OpenFile, openFile } from "../../host/open_file.ts";
import { dirname, join, relative } from "../../host/paths.ts";
import { processId } from "../../host/process.ts";
import { WorkError } from "../../errors.ts";
import { writeFileAtomic } from "../../files/atomic.ts";
import { fileError } from "../../files/file_error.ts";
import { checkedCommit, isInside } from "./answer_checks.ts";
import { blobName, type HubFile, isIntact } from "./hub_file.ts";

/** Where a file of the data set was found. */
export interface KeptFile {
  /** Its place on disk. */
  readonly path: string;
  /** Whether size and checksum are what they should be. */
  readonly isIntact: boolean;
}

/**
 * The data sets of which anything is kept, as `OWNER/NAME`.
 *
 * @param cacheDir The folder `hub` of all Hugging Face clients.
 */
export async function keptRepositories(cacheDir: string): Promise<string[]> {
  const entries = await Array.fromAsync(readFolder(cacheDir)).catch(() => []);
  const names = entries.map(({ name }) => /^datasets--(.+?)--(.+)$/.exec(name));
  return names.flatMap((parts) => parts === null ? [] : [`${parts[1]}/${parts[2]}`]).sort();
}

/** What is kept of one data set. */
export class RepositoryCache {
  readonly #folder: string;
  readonly #locks: string;

  /**
   * @param cacheDir The folder `hub` of all Hugging Face clients.
   * @param repository `OWNER/NAME`.
   */
  constructor(cacheDir: string, repository: string) {
    const name = `datasets--${repository.replace("/", "--")}`;
    this.#folder = join(cacheDir, name);
    this.#locks = join(cacheDir, ".locks", name);
  }

  /** Place of a content. */
  blobPath(file: HubFile): string {
    return this.#place("blobs", blobName(file));
  }

  /** Folder of the files of a commit. */
  snapshotPath(commit: string): string {
    return this.#place("snapshots", checkedCommit(commit));
  }

  /** Place of a commit's listing. */
  treePath(commit: string): string {
    return this.#place("trees", `${checkedCommit(commit)}.json`);
  }

  /** The commit that a branch or tag was last seen at. */
  async readRef(revision: string): Promise<string | undefined> {
    try {
      return checkedCommit((await readTextFile(this.#refPath(revision))).trim());
    } catch {
      return undefined; // absent or damaged: the hub is asked
    }
  }

  /** Remembers the commit of a branch or tag. */
  async writeRef(revision: string, commit: string): Promise<void> {
    if (await this.readRef(revision) === commit) return;
    // Other clients take a reference to a commit without a folder for damage.
    await makeCacheFolder(this.snapshotPath(commit));
    await writeFileAtomic(this.#refPath(revision), commit);
  }

  /** The file of a commit, if anything is kept of it. */
  async find(commit: string, file: HubFile): Promise<KeptFile | undefined> {
    const blob = this.blobPath(file);
    const snapshot = this.#filePath(commit, file);
    // Where links are not possible, some clients have the content in the snapshot only.
    const places = [blob, snapshot];
    for (const path of places) {
      if (!await isIntact(path, file)) continue;
      // A cache that can only be read serves as well without the link.
      if (path === blob) await this.link(commit, file).catch(() => {});
      return { path, isIntact: true };
    }
    for (const path of places) if (await isTaken(path)) return { path, isIntact: false };
    return undefined;
  }

  /** The place of a file that seems to be there, by its size alone. */
  async seemingPlace(commit: string, file: HubFile): Promise<string | undefined> {
    for (const path of [this.blobPath(file), this.#filePath(commit, file)]) {
      if ((await stat(path).catch(() => undefined))?.size === file.bytes) return path;
    }
    return undefined;
  }

  /** Makes a content the file of a commit: by a link, or by a copy where links are not possible. */
  async link(commit: string, file: HubFile): Promise<void> {
    const blob = this.blobPath(file);
    const path = this.#filePath(commit, file);
    if (await isLinked(path, blob, file)) return;
    await makeCacheFolder(dirname(path));
    const temporary = `${path}.${processId}.tmp`;
    const ways = [
      () => makeSymbolicLink(relative(dirname(path), blob), temporary),
      // A symbolic link needs the permission to read and write everything, this one does not.
      () => makeLink(blob, temporary),
      () => copyFile(blob, temporary),
    ];
    let trouble: unknown;
    for (const make of ways) {
      try {
        await remove(temporary).catch(() => {});
        await make();
        await rename(temporary, path);
        return;
      } catch (error) {
        await remove(temporary).catch(() => {});
        trouble = error;
      }
    }
    throw fileError("write", path, trouble);
  }

  /**
   * Waits until no other process downloads a content, and keeps others from it until disposed.
   *
   * @param onWait Called once if there is something to wait for.
   * @param signal Ends the wait; its reason is thrown.
   * @returns `exclusive` is false where the file system has no locks.
   */
  async lock(
    file: HubFile,
    onWait: () => void,
    signal: AbortSignal | undefined,
  ): Promise<Disposable & { readonly exclusive: boolean }> {
    await makeCacheFolder(dirname(this.blobPath(file)));
    const path = join(this.#locks, `${blobName(file)}.lock`);
    await makeCacheFolder(this.#locks);
    let handle: OpenFile;
    try {
      await removeLink(path);
      handle = await openFile(path, { write: true, create: true });
    } catch (error) {
      throw fileError("write", path, error);
    }
    try {
      for (let waits = 0; !await handle.tryLock(true); waits++) {
        if (waits === worthTellingWaits) onWait();
        signal?.throwIfAborted();
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    } catch (error) {
      if (signal?.aborted) {
        handle.close();
        throw error;
      }
      return { exclusive: false, [Symbol.dispose]: () => handle.close() };
    }
    // Closing it unlocks it, as does the end of the process, however it comes.
    return { exclusive: true, [Symbol.dispose]: () => handle.close() };
  }

  #filePath(commit: string, { path }: HubFile): string {
    assertInside(path);
    return this.#place("snapshots", checkedCommit(commit), ...path.split("/"));
  }

  #refPath(revision: string): string {
    return this.#place("refs", ...revision.split("/"));
  }

  /** Every path of the cache is made here, whatever its names come from. */
  #place(...names: readonly string[]): string {
    assertInside(names.join("/"));
    return join(this.#folder, ...names);
  }
}

const waitMs = 100;
const worthTellingWaits = 10;

function assertInside(path: string): void {
  if (isInside(path)) return;
  throw new WorkError(
    `Cannot use the file ${JSON.stringify(path)}: it would lie outside the cache`,
  );
}

/** Whether a file is its content by a link, or a whole copy of it. */
async function isLinked(path: string, blob: string, file: HubFile): Promise<boolean> {
  try {
    const [{ dev, ino }, content] = await Promise.all([stat(path), stat(blob)]);
    if (ino !== null && dev === content.dev && ino === content.ino) return true;
  } catch {
    return false;
  }
  return await isIntact(path, file);
}

async function makeCacheFolder(path: string): Promise<void> {
  try {
    await makeFolder(path);
  } catch (error) {
    throw fileError("write", path, error);
  }
}
