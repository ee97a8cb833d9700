/**
 * Writes the safetensors file format, in parts and with a checksum.
 *
 * @see https://huggingface.co/docs/safetensors
 * @module
 */

import { writeFileAtomic } from "./atomic.ts";
import {
  encodeHeader,
  placeTensors,
  type TensorEntry,
  type TensorInfo,
} from "./safetensors_header.ts";
import { makeHash } from "../host/hash.ts";
import type { StoredTensor } from "./tensor.ts";

/** A tensor that is handed over piece by piece while it is written. */
export interface WrittenTensor extends TensorInfo {
  /** Its bytes in order; a piece may be written over when the next is asked for. */
  pieces(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

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
 * @param tensors Tensors by name; those that are handed over in pieces are never in memory as a whole.
 * @param metadata Strings to keep beside them.
 * @throws {RangeError} If a tensor's data does not fit its shape, or its name is `__metadata__`.
 * @throws {InputError} If the path cannot be written to.
 * @throws {WorkError} If the disk is full or failing.
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, StoredTensor | WrittenTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const entries = placeTensors(tensors);
  const header = (sha256: string) => encodeHeader({ entries, metadata: { ...metadata, sha256 } });
  await writeFileAtomic(path, async (file) => {
    await file.write(header(NO_CHECKSUM));
    const hash = makeHash("sha256");
    for (const entry of entries) {
      for await (const piece of piecesOf(entry, tensors.get(entry.name)!)) {
        hash.update(piece);
        await file.write(piece);
      }
    }
    await file.writeAt(0, header(hash.hex()));
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
  tensors: ReadonlyMap<string, StoredTensor | WrittenTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const entries = placeTensors(tensors);
  const data = new Uint8Array(entries.at(-1)?.end ?? 0);
  for (const entry of entries) {
    let at = entry.begin;
    for await (const piece of piecesOf(entry, tensors.get(entry.name)!)) {
      data.set(piece, at);
      at += piece.length;
    }
  }
  const sha256 = makeHash("sha256").update(data).hex();
  const header = encodeHeader({ entries, metadata: { ...metadata, sha256 } });
  const file = new Uint8Array(header.length + data.length);
  file.set(header);
  file.set(data, header.length);
  return file;
}

/** The bytes of a tensor, which are as many as its shape says. */
async function* piecesOf(
  { name, dtype, shape, begin, end }: TensorEntry,
  tensor: StoredTensor | WrittenTensor,
): AsyncGenerator<Uint8Array> {
  const refuse = (bytes: number): never => {
    throw new RangeError(
      `tensor ${name}: ${bytes} bytes do not fit ${dtype} [${shape.join(", ")}]`,
    );
  };
  let bytes = 0;
  for await (const piece of "data" in tensor ? [tensor.data] : tensor.pieces()) {
    bytes += piece.length;
    if (bytes > end - begin) refuse(bytes);
    yield piece;
  }
  if (bytes !== end - begin) refuse(bytes);
}
