/**
 * Safetensors files on disk.
 *
 * @see https://huggingface.co/docs/safetensors
 * @module
 */

import { makeHash } from "../host/hash.ts";
import { openFileSource } from "./file_source.ts";
import { type SafetensorsFile, safetensorsOf } from "./safetensors_reader.ts";
import type { StoredTensor } from "./tensor.ts";
import type { OpenTensorFile } from "./tensor_file.ts";

export { encodeSafetensors } from "./safetensors_encoder.ts";
export { writeSafetensors } from "./safetensors_writer.ts";
export { type StoredDType, type StoredTensor, storedTensor, toFloat32, toInt32 } from "./tensor.ts";
export { parseSafetensors, type SafetensorsFile, safetensorsOf } from "./safetensors_reader.ts";

/**
 * Opens a safetensors file, whose tensors are read when they are asked for, and checks its content against the checksum
 * that files written by BitText carry. No more than a small part of it is in memory at any time.
 *
 * @param path The file.
 * @throws {InputError} If it is missing, cannot be read, breaks the format or is damaged.
 *
 * @example Part of a tensor
 * ```ts
 * import assert from "node:assert/strict";
 * import { openSafetensors, storedTensor, writeSafetensors } from "../faces/files.ts";
 *
 * const path = await Deno.makeTempFile();
 * await writeSafetensors(path, new Map([["w", storedTensor(Int8Array.of(1, 2, 3, 4), [2, 2])]]));
 * {
 *   using file = await openSafetensors(path);
 *   assert.deepEqual(file.names, ["w"]);
 *   assert.deepEqual(file.shape("w"), [2, 2]);
 *   assert.deepEqual(await file.read("w", { start: 2, end: 4 }), Uint8Array.of(3, 4));
 * }
 * await Deno.remove(path);
 * ```
 */
export async function openSafetensors(path: string): Promise<OpenTensorFile> {
  using opened = new DisposableStack();
  const file = await safetensorsOf(
    opened.use(await openFileSource(path)),
    () => makeHash("sha256"),
  );
  const owned = opened.move();
  return Object.assign(file, { [Symbol.dispose]: () => owned.dispose() });
}

/**
 * Reads all of a small safetensors file into memory; a large one is better read in parts, with {@link openSafetensors}.
 *
 * @param path The file.
 * @returns Its tensors and its metadata.
 * @throws {InputError} If the file is missing, cannot be read, breaks the format or is damaged.
 */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  using file = await openSafetensors(path);
  const tensors = new Map<string, StoredTensor>();
  for (const name of file.names) {
    const data = await file.read(name);
    tensors.set(name, { dtype: file.dtype(name), shape: file.shape(name), data });
  }
  return { tensors, metadata: { ...file.metadata } };
}
