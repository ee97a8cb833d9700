/**
 * The safetensors file format, in memory and with a checksum.
 *
 * @see https://huggingface.co/docs/safetensors
 * @module
 */

import { encodeHeader, placeTensors, type TensorEntry } from "./safetensors_header.ts";
import { Sha256 } from "./sha256.ts";
import type { StoredTensor } from "./tensor.ts";
import { bytesOf, type TensorFile, tensorsInMemory } from "./tensor_file.ts";

/**
 * The bytes of a safetensors file.
 *
 * Equal tensors give equal bytes: they are ordered by element size, largest first, then by name,
 * which also aligns every tensor to its element size. The SHA-256 of the data section goes into
 * the metadata as `sha256`.
 *
 * @param tensors Tensors by name, or those of a file or a memory.
 * @param metadata Strings to keep beside them.
 * @returns The file's content.
 * @throws {RangeError} If a tensor's data does not fit its shape, or its name is `__metadata__`.
 */
export async function encodeSafetensors(
  tensors: ReadonlyMap<string, StoredTensor> | TensorFile,
  metadata: Readonly<Record<string, string>> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const file = tensorFile(tensors);
  const { entries, header } = layOut(file, metadata);
  const data = new Uint8Array(entries.at(-1)?.end ?? 0);
  for (const { name, begin, end } of entries) {
    await file.read(name, undefined, data.subarray(begin, end));
  }
  const head = header(new Sha256().update(data).hex());
  const bytes = new Uint8Array(head.length + data.length);
  bytes.set(head);
  bytes.set(data, head.length);
  return bytes;
}

/** Tensors as a file of them; those in memory must have the size that their shape says. */
export function tensorFile(tensors: ReadonlyMap<string, StoredTensor> | TensorFile): TensorFile {
  if ("source" in tensors) return tensors;
  const file = tensorsInMemory(tensors, "memory");
  for (const [name, { dtype, shape, data }] of tensors) {
    if (data.length === bytesOf(file, name)) continue;
    throw new RangeError(
      `tensor ${name}: ${data.length} bytes do not fit ${dtype} [${shape.join(", ")}]`,
    );
  }
  return file;
}

/** Where the tensors will lie, and the header for a checksum, of the same length whichever it is. */
export function layOut(
  file: TensorFile,
  metadata: Readonly<Record<string, string>>,
): { readonly entries: TensorEntry[]; header(sha256: string): Uint8Array<ArrayBuffer> } {
  const entries = placeTensors(
    file.names.map((name) => [name, { dtype: file.dtype(name), shape: file.shape(name) }]),
  );
  const header = (sha256: string) => encodeHeader({ entries, metadata: { ...metadata, sha256 } });
  return { entries, header };
}
