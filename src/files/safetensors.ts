/**
 * The safetensors file format, read strictly and written with a checksum.
 *
 * A file is a little-endian u64 N, N bytes of JSON, then one buffer of tensors without holes.
 *
 * @see https://huggingface.co/docs/safetensors
 * @module
 */

import { InputError } from "../errors.ts";
import { writeFileAtomic } from "./atomic.ts";
import { fileError } from "./file_error.ts";
import { findDuplicateKey } from "./json_keys.ts";
import { sha256Hex } from "./sha256.ts";
import {
  dtypeBytes,
  isStoredDType,
  type StoredDType,
  storedDTypes,
  type StoredTensor,
} from "./tensor.ts";

export { type StoredDType, type StoredTensor, storedTensor, toFloat32, toInt32 } from "./tensor.ts";

/** What a safetensors file holds. */
export interface SafetensorsFile {
  /** Tensors by name, in the order of their data. */
  readonly tensors: Map<string, StoredTensor>;
  /** The `__metadata__` entry, empty if there is none. */
  readonly metadata: Record<string, string>;
}

const lengthBytes = 8;
const largestHeaderBytes = 100_000_000;
const metadataKey = "__metadata__";
const checksumKey = "sha256";

/**
 * Reads a safetensors file, and checks its content against the checksum that files written by
 * BitText carry.
 *
 * @param path The file.
 * @returns Its tensors, which share one buffer, and its metadata.
 * @throws {InputError} If the file is missing, cannot be read, breaks the format or is damaged.
 */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    throw fileError("read", path, error);
  }
  const file = parseSafetensors(bytes, path);
  const expected = file.metadata[checksumKey];
  if (expected !== undefined && await sha256Hex(dataSection(bytes)) !== expected) {
    throw new InputError(
      `Cannot read ${path}: its content does not match its checksum; the file is damaged`,
    );
  }
  return file;
}

/**
 * Writes a safetensors file, whole or not at all.
 *
 * @param path The file; its folder is made if it is missing.
 * @param tensors Tensors by name.
 * @param metadata Strings to keep beside them.
 * @throws {RangeError} If a tensor's data does not fit its shape.
 * @throws {InputError} If the path cannot be written to.
 * @throws {WorkError} If the disk is full or failing.
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await writeFileAtomic(path, await encodeSafetensors(tensors, metadata));
}

/**
 * The bytes of a safetensors file.
 *
 * Equal tensors give equal bytes: they are ordered by element size, largest first, then by name,
 * which also aligns every tensor to its element size. The SHA-256 of the data section goes into
 * the metadata as `sha256`.
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
  const ordered = [...tensors].sort(([nameA, a], [nameB, b]) =>
    dtypeBytes(b.dtype) - dtypeBytes(a.dtype) || (nameA < nameB ? -1 : 1)
  );
  const entries: [string, unknown][] = [];
  let dataBytes = 0;
  for (const [name, { dtype, shape, data }] of ordered) {
    if (name === metadataKey) throw new RangeError(`a tensor cannot be named ${metadataKey}`);
    if (data.length !== elementCount(shape) * dtypeBytes(dtype)) {
      throw new RangeError(
        `tensor ${name}: ${data.length} bytes do not fit ${dtype} [${shape.join(", ")}]`,
      );
    }
    const end = dataBytes + data.length;
    entries.push([name, { dtype, shape, data_offsets: [dataBytes, end] }]);
    dataBytes = end;
  }
  const section = new Uint8Array(dataBytes);
  let offset = 0;
  for (const [, { data }] of ordered) {
    section.set(data, offset);
    offset += data.length;
  }
  const kept = { ...metadata, [checksumKey]: await sha256Hex(section) };
  const json = JSON.stringify(Object.fromEntries([[metadataKey, kept], ...entries]));
  const header = new TextEncoder().encode(json);
  const headerBytes = Math.ceil(header.length / 8) * 8;
  const file = new Uint8Array(lengthBytes + headerBytes + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.set(header, lengthBytes);
  file.fill(0x20, lengthBytes + header.length, lengthBytes + headerBytes);
  file.set(section, lengthBytes + headerBytes);
  return file;
}

/**
 * The tensors and metadata in the bytes of a safetensors file.
 *
 * @param bytes The file's content, which the tensors go on sharing.
 * @param source What to call the file in an error.
 * @returns The tensors, as views of `bytes`, and the metadata. A checksum in it is not verified
 * here but by {@link readSafetensors}.
 * @throws {InputError} If the bytes break the format in any way.
 */
export function parseSafetensors(bytes: Uint8Array, source: string): SafetensorsFile {
  const refuse = (why: string): never => {
    throw new InputError(`Cannot read ${source}: ${why}`);
  };
  const header = parseHeader(bytes, refuse);
  const data = dataSection(bytes);
  const metadata = checkMetadata(header[metadataKey], refuse);
  const entries = Object.entries(header)
    .filter(([name]) => name !== metadataKey)
    .map(([name, entry]) => checkEntry(name, entry, refuse))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  const tensors = new Map<string, StoredTensor>();
  let reached = 0;
  for (const { name, dtype, shape, begin, end } of entries) {
    if (begin !== reached) {
      const trouble = begin < reached ? "overlaps the tensor before it" : "leaves a hole before it";
      refuse(`tensor ${name} ${trouble}, at byte ${begin} of the data instead of ${reached}`);
    }
    if (end > data.length) {
      const all = Math.max(...entries.map((entry) => entry.end));
      refuse(
        `it is truncated, tensor ${name} ends at byte ${end} and ${data.length} of the ` +
          `${all} bytes of data are there`,
      );
    }
    tensors.set(name, { dtype, shape, data: data.subarray(begin, end) });
    reached = end;
  }
  if (reached !== data.length) {
    refuse(`${data.length - reached} bytes after the last tensor belong to none`);
  }
  return { tensors, metadata };
}

type Refuse = (why: string) => never;

interface Entry {
  readonly name: string;
  readonly dtype: StoredDType;
  readonly shape: number[];
  readonly begin: number;
  readonly end: number;
}

/** Everything after the header of a file whose header length has been checked. */
function dataSection<B extends ArrayBufferLike>(bytes: Uint8Array<B>): Uint8Array<B> {
  return bytes.subarray(lengthBytes + headerLength(bytes));
}

function headerLength(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, lengthBytes);
  return Number(view.getBigUint64(0, true));
}

function parseHeader(bytes: Uint8Array, refuse: Refuse): Record<string, unknown> {
  if (bytes.length < lengthBytes) {
    refuse(`it has ${bytes.length} bytes, too short for a safetensors file`);
  }
  const length = headerLength(bytes);
  if (length > largestHeaderBytes) {
    refuse(
      `its header would be ${length} bytes long and ${largestHeaderBytes} are allowed, it is ` +
        `not a safetensors file`,
    );
  }
  if (length > bytes.length - lengthBytes) {
    refuse(
      `it is truncated, its header is ${length} bytes long and ${bytes.length - lengthBytes} ` +
        `bytes are there`,
    );
  }
  const headerBytes = bytes.subarray(lengthBytes, lengthBytes + length);
  let text = "";
  let header: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(headerBytes);
    header = JSON.parse(text);
  } catch {
    refuse("its header is not JSON, it is not a safetensors file or it is damaged");
  }
  if (!isObject(header) || !text.startsWith("{")) return refuse("its header is not a JSON object");
  const duplicate = findDuplicateKey(text);
  if (duplicate !== undefined) refuse(`its header has the key ${JSON.stringify(duplicate)} twice`);
  return header;
}

function checkMetadata(value: unknown, refuse: Refuse): Record<string, string> {
  if (value === undefined) return {};
  if (!isObject(value)) return refuse(`its ${metadataKey} is not an object`);
  const metadata: Record<string, string> = {};
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== "string") return refuse(`its ${metadataKey} entry ${key} is not a string`);
    metadata[key] = text;
  }
  return metadata;
}

function checkEntry(name: string, entry: unknown, refuse: Refuse): Entry {
  if (!isObject(entry)) return refuse(`tensor ${name} is not described by an object`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isStoredDType(dtype)) {
    return refuse(
      `tensor ${name} has the unknown dtype ${JSON.stringify(dtype)}, known are ` +
        storedDTypes.join(", "),
    );
  }
  if (!isSizeList(shape)) return refuse(`tensor ${name} has the shape ${JSON.stringify(shape)}`);
  if (!isSizeList(offsets) || offsets.length !== 2 || offsets[1] < offsets[0]) {
    return refuse(`tensor ${name} has the data_offsets ${JSON.stringify(offsets)}`);
  }
  const [begin, end] = offsets;
  const expected = elementCount(shape) * dtypeBytes(dtype);
  if (end - begin !== expected) {
    refuse(
      `tensor ${name} takes ${end - begin} bytes, and ${dtype} [${shape.join(", ")}] needs ` +
        `${expected}`,
    );
  }
  return { name, dtype, shape, begin, end };
}

function elementCount(shape: readonly number[]): number {
  return shape.reduce((count, size) => count * size, 1);
}

function isSizeList(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
