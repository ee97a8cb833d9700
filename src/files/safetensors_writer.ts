/**
 * Writes safetensors files, in parts and with a checksum.
 *
 * @see https://huggingface.co/docs/safetensors
 * @module
 */

import { makeHash } from "../host/hash.ts";
import { writeFileAtomic } from "./atomic.ts";
import { layOut, tensorFile } from "./safetensors_encoder.ts";
import type { StoredTensor } from "./tensor.ts";
import { type TensorFile, tensorPieces } from "./tensor_file.ts";

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
