/**
 * Folders of IDX files, compressed or not.
 *
 * @module
 */

import { readFile, stat } from "../../host/files.ts";
import { join } from "../../host/paths.ts";
import { fileError } from "../../files/file_error.ts";
import { gunzipped } from "../../files/gunzip.ts";
import { idxFiles } from "./idx_dataset.ts";

/** A file is held in memory; MNIST's is 47 MB. */
const MOST_BYTES = 2 ** 29;

/** Whether a folder has the files that MNIST is published in. */
export async function hasIdxFiles(folder: string): Promise<boolean> {
  const path = join(folder, idxFiles.train.images);
  return await isThere(path) || await isThere(`${path}.gz`);
}

/**
 * Reads a file, or its compressed form where there is no other.
 *
 * @throws {InputError} If there is neither, or it is damaged.
 */
export async function readIdxFile(folder: string, file: string): Promise<Uint8Array<ArrayBuffer>> {
  const path = join(folder, file);
  const isPlain = await isThere(path) || !await isThere(`${path}.gz`);
  if (isPlain) return await read(path);
  const bytes = await read(`${path}.gz`);
  const chunks = (async function* () {
    yield bytes;
  })();
  const pieces = await Array.fromAsync(gunzipped(chunks, `${path}.gz`, MOST_BYTES));
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(({ isFile }) => isFile, () => false);
}

async function read(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await readFile(path);
  } catch (error) {
    throw fileError("read", path, error);
  }
}
