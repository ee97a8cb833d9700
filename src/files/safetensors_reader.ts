/**
 * Reads the safetensors format, strictly and in parts, from bytes that may be anywhere.
 *
 * @see https://huggingface.co/docs/safetensors
 * @module
 */

import { InputError } from "../errors.ts";
import { type ByteSource, fillFrom } from "./byte_source.ts";
import { headerLength, LENGTH_BYTES, parseHeader, type TensorEntry } from "./safetensors_header.ts";
import { type GrowingSha256, Sha256 } from "./sha256.ts";
import type { StoredTensor } from "./tensor.ts";
import type { TensorFile } from "./tensor_file.ts";

/** What a safetensors file holds. */
export interface SafetensorsFile {
  /** Tensors by name, in the order of their data. */
  readonly tensors: Map<string, StoredTensor>;
  /** The `__metadata__` entry, empty if there is none. */
  readonly metadata: Record<string, string>;
}

/** Bytes that are hashed at a time. */
const CHUNK_BYTES = 1 << 20;

/**
 * The tensors of a safetensors file that may be anywhere, which are read when they are asked for. Its content is checked
 * against the checksum that files written by BitText carry.
 *
 * @param bytes The file.
 * @param makeSha256 What computes the checksum.
 * @throws {InputError} If they cannot be read, break the format or are damaged.
 */
export async function safetensorsOf(
  bytes: ByteSource,
  makeSha256: () => GrowingSha256 = () => new Sha256(),
): Promise<TensorFile> {
  const { name: source } = bytes;
  const start = new Uint8Array(Math.min(LENGTH_BYTES, bytes.bytes));
  await fillFrom(bytes, 0, start);
  const header = new Uint8Array(headerLength(start, bytes.bytes, source));
  await fillFrom(bytes, LENGTH_BYTES, header);
  const dataStart = LENGTH_BYTES + header.length;
  const { entries, metadata } = parseHeader(header, bytes.bytes - dataStart, source);
  const { sha256 } = metadata;
  if (sha256 !== undefined && await hashFrom(bytes, dataStart, makeSha256()) !== sha256) {
    throw new InputError(
      `Cannot read ${source}: its content does not match its checksum; the file is damaged`,
    );
  }
  const places = new Map(entries.map((entry) => [entry.name, entry]));
  const find = (name: string): TensorEntry => {
    const entry = places.get(name);
    if (!entry) throw new RangeError(`Cannot find tensor ${name} in ${source}`);
    return entry;
  };
  return {
    source,
    names: [...places.keys()],
    metadata,
    has: (name) => places.has(name),
    shape: (name) => find(name).shape,
    dtype: (name) => find(name).dtype,
    async read(name, range, into) {
      const { begin, end } = find(name);
      const { start, end: stop } = range ?? { start: 0, end: end - begin };
      if (!(start >= 0 && start <= stop && begin + stop <= end)) {
        throw new RangeError(
          `Cannot read bytes ${start} to ${stop} of ${name} in ${source}: it has ${end - begin}`,
        );
      }
      const target = into ?? new Uint8Array(stop - start);
      if (target.length !== stop - start) {
        throw new RangeError(`Cannot read ${stop - start} bytes into ${target.length}`);
      }
      await fillFrom(bytes, dataStart + begin + start, target);
      return target;
    },
  };
}

/** The SHA-256 of all bytes from an offset on. */
async function hashFrom(bytes: ByteSource, start: number, hash: GrowingSha256): Promise<string> {
  const chunk = new Uint8Array(Math.min(CHUNK_BYTES, bytes.bytes - start));
  for (let at = start; at < bytes.bytes; at += chunk.length) {
    const part = chunk.subarray(0, Math.min(chunk.length, bytes.bytes - at));
    await fillFrom(bytes, at, part);
    hash.update(part);
  }
  return hash.hex();
}

/**
 * The tensors and metadata in the bytes of a safetensors file.
 *
 * @param bytes The file's content, which the tensors go on sharing.
 * @param source What to call the file in an error.
 * @returns The tensors, as views of `bytes`, and the metadata. A checksum in it is not verified
 * here but by {@link safetensorsOf}.
 * @throws {InputError} If the bytes break the format in any way.
 */
export function parseSafetensors(bytes: Uint8Array, source: string): SafetensorsFile {
  const dataStart = LENGTH_BYTES + headerLength(bytes, bytes.length, source);
  const data = bytes.subarray(dataStart);
  const header = parseHeader(bytes.subarray(LENGTH_BYTES, dataStart), data.length, source);
  const tensors = new Map(header.entries.map(({ name, dtype, shape, begin, end }) => {
    return [name, { dtype, shape, data: data.subarray(begin, end) }];
  }));
  return { tensors, metadata: header.metadata };
}
