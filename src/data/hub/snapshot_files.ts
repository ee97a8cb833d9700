/**
 * The files of a commit as far as the cache knows, where its listing is not at hand.
 *
 * @module
 */

import { readFolder, readLink, stat } from "../../host/files.ts";
import { join } from "../../host/paths.ts";
import { fileSha256Hex } from "../../files/file_sha256.ts";
import type { HubFile } from "./hub_file.ts";

/**
 * The files that some client put into the cache, in the order of their paths, and those that must
 * exist too, as others say that they are a part of them: `-00000-of-00002`.
 *
 * @param folder The folder of the commit.
 */
export async function snapshotFiles(folder: string): Promise<HubFile[]> {
  const files = await listSnapshot(folder, "");
  const paths = new Set(files.map(({ path }) => path));
  for (const path of [...paths]) {
    const [, begin, , count, end] = /^(.*-)(\d{5})-of-(\d{5})(.*)$/.exec(path) ?? [];
    for (let part = 0; part < Number(count ?? 0); part++) {
      const other = `${begin}${String(part).padStart(5, "0")}-of-${count}${end}`;
      if (paths.has(other)) continue;
      paths.add(other);
      files.push({ path: other, bytes: 0, gitId: "unknown", sha256: undefined });
    }
  }
  return files.sort((a, b) => a.path < b.path ? -1 : 1);
}

/** A link's target is named after the checksum. */
async function listSnapshot(folder: string, prefix: string): Promise<HubFile[]> {
  const entries = await Array.fromAsync(readFolder(folder)).catch(() => []);
  const files: HubFile[] = [];
  for (const { name, isDirectory, isSymlink } of entries) {
    const place = join(folder, name);
    const path = prefix + name;
    if (isDirectory) {
      files.push(...await listSnapshot(place, `${path}/`));
      continue;
    }
    const info = await stat(place).catch(() => undefined);
    if (info === undefined) continue;
    const checksum = isSymlink ? (await readLink(place)).split(/[/\\]/).at(-1) ?? "" : "";
    const isGitId = /^[0-9a-f]{40}$/.test(checksum);
    const isSha256 = /^[0-9a-f]{64}$/.test(checksum);
    files.push({
      path,
      bytes: info.size,
      gitId: isGitId ? checksum : "",
      sha256: isGitId ? undefined : isSha256 ? checksum : await fileSha256Hex(place),
    });
  }
  return files;
}
