/**
 * Which files a commit has.
 *
 * @module
 */

import { readTextFile } from "../../host/files.ts";
import { WorkError } from "../../errors.ts";
import { writeFileAtomic } from "../../files/atomic.ts";
import type { HubAccess } from "./access.ts";
import { checkedFile } from "./answer_checks.ts";
import { askFiles } from "./client.ts";
import { hubFailure } from "./failure.ts";
import type { HubFile } from "./hub_file.ts";
import { snapshotFiles } from "./snapshot_files.ts";

/**
 * Every file of a commit. As a commit never changes, the hub is asked once.
 *
 * Where the hub cannot be asked and never was, the files are those that another client put into the
 * cache.
 *
 * @param access The data set.
 * @param commit The commit.
 * @throws {InputError} If there is no such commit or it may not be read.
 * @throws {WorkError} If the hub cannot be asked and nothing is in the cache.
 */
export async function listFiles(access: HubAccess, commit: string): Promise<readonly HubFile[]> {
  const path = access.cache.treePath(commit);
  const kept = await readTree(path);
  if (kept !== undefined) return kept;
  let failure: unknown;
  if (access.settings.offline) {
    failure = new WorkError(`Cannot list the files of ${access.name}: HF_HUB_OFFLINE forbids it`);
  } else {
    try {
      const files = await askFiles(access, commit);
      // Without this the hub is asked again next time, which is no reason to fail.
      await writeFileAtomic(path, treeJson(files)).catch(() => {});
      return files;
    } catch (error) {
      access.signal?.throwIfAborted();
      failure = hubFailure(access, `list the files of ${access.name}`, error);
    }
  }
  const files = failure instanceof WorkError
    ? await snapshotFiles(access.cache.snapshotPath(commit))
    : [];
  if (files.length > 0) return files;
  throw failure;
}

/** The format of Python's `huggingface_hub`, which keeps its listings in the same place. */
interface Tree {
  readonly format_version: 1;
  readonly files: Readonly<Record<string, TreeEntry>>;
}

interface TreeEntry {
  readonly size: number;
  readonly blob_id: string;
  readonly lfs_sha256?: string;
  readonly lfs_size?: number;
}

function treeJson(files: readonly HubFile[]): string {
  const entries = files.map(({ path, bytes, gitId, sha256 }): [string, TreeEntry] => [path, {
    size: bytes,
    blob_id: gitId,
    ...(sha256 !== undefined && { lfs_sha256: sha256, lfs_size: bytes }),
  }]);
  const tree: Tree = { format_version: 1, files: Object.fromEntries(entries) };
  return JSON.stringify(tree, null, 1);
}

async function readTree(path: string): Promise<HubFile[] | undefined> {
  try {
    const tree: Tree = JSON.parse(await readTextFile(path));
    if (tree.format_version !== 1) return undefined;
    return Object.entries(tree.files).map(([path, entry]) =>
      checkedFile({
        path,
        bytes: entry.lfs_size ?? entry.size,
        gitId: entry.blob_id,
        sha256: entry.lfs_sha256,
      })
    );
  } catch {
    return undefined; // absent or damaged: the hub is asked
  }
}
