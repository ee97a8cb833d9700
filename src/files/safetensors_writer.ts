/**
 * Writes the safetensors file format, in parts and with a checksum.
 *
 * @see https://huggingface.co/docs/safetensors
 * @module
 */

import { writeFileAtomic } from "./atomic.ts";
import { encodeHeader, placeTensors } from "./safetensors_header.ts";
import { makeHash } from "../host/hash.ts";
import type { StoredTensor } from "./tensor.ts";
import { bytesOf, type TensorFile, tensorPieces, tensorsInMemory } from "./tensor_file.ts";

/** Stands in the header until the checksum is known. */
const NO_CHECKSUM = "0".repeat(64);

/**
 * Writes a safetensors file, whole or not at all.
 *
 * Equal tensors give equal bytes: they are ordered by element size, largest first, then by name,
 * which also aligns every tensor to its element size. The SHA-256 of the data section goes into
 * the metadata as `sha256`.
 *
 * @param path The file; its folder is made if it is missing.
 * @param tensors Tensors by name, or those of a file or a memory, which are read and written piece by piece.
 * @param metadata Strings to keep beside them.
 * @throws {RangeError} If a tensor's data does not fit its shape, or its name is `__metadata__`.
 * @throws {InputError} If the path cannot be written to.
 * @throws {WorkError} If the disk is full or failing.
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, StoredTensor> | TensorFile,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const file = tensorFile(tensors);
  const { entries, header } = layOut(file, metadata);
  await writeFileAtomic(path, async (written) => {
    await written.write(header(NO_CHECKSUM));
    const hash = makeHash("sha256");
    for (const { name } of entries) {
      for await (const piece of tensorPieces(file, name)) {
        hash.update(piece);
        await written.write(piece);
      }
    }
    await written.writeAt(0, header(hash.hex()));
  });
}

/**
 * The bytes that {@link writeSafetensors} writes.
 *
 * @param tensors Tensors by name.
 * @param metadata Strings to keep beside them.
 * @returns The file's content.
 * @throws {RangeError} If a tensor's data does not fit its shape, or its name is `__metadata__`.
 */
export async function encodeSafetensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const file = tensorFile(tensors);
  const { entries, header } = layOut(file, metadata);
  const data = new Uint8Array(entries.at(-1)?.end ?? 0);
  for (const { name, begin, end } of entries) {
    await file.read(name, undefined, data.subarray(begin, end));
  }
  const head = header(makeHash("sha256").update(data).hex());
  const bytes = new Uint8Array(head.length + data.length);
  bytes.set(head);
  bytes.set(data, head.length);
  return bytes;
}

function tensorFile(tensors: ReadonlyMap<string, StoredTensor> | TensorFile): TensorFile {
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
function layOut(file: TensorFile, metadata: Readonly<Record<string, string>>) {
  const entries = placeTensors(
    file.names.map((name) => [name, { dtype: file.dtype(name), shape: file.shape(name) }]),
  );
  const header = (sha256: string) => encodeHeader({ entries, metadata: { ...metadata, sha256 } });
  return { entries, header };
}
