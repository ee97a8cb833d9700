/**
 * The header of the safetensors format: what it says of the tensors behind it.
 *
 * A file is a little-endian u64 N, N bytes of JSON, then one buffer of tensors without holes.
 *
 * @see https://huggingface.co/docs/safetensors
 * @module
 */

import { InputError } from "../errors.ts";
import { findDuplicateKey } from "./json_keys.ts";
import { dtypeBytes, isStoredDType, type StoredDType, storedDTypes } from "./tensor.ts";

/** Bytes in front of the JSON, which say how long it is. */
export const LENGTH_BYTES = 8;

const LARGEST_HEADER_BYTES = 100_000_000;
const METADATA_KEY = "__metadata__";

/** Type and shape of a tensor. */
export interface TensorInfo {
  /** Type of each element. */
  readonly dtype: StoredDType;
  /** Size along each axis; empty for a scalar. */
  readonly shape: readonly number[];
}

/** A tensor and where its bytes lie. */
export interface TensorEntry extends TensorInfo {
  /** Its name. */
  readonly name: string;
  /** Offset of the first byte in the data. */
  readonly begin: number;
  /** Offset behind the last one. */
  readonly end: number;
}

/** What a header says. */
export interface SafetensorsHeader {
  /** The tensors, in the order of their data. */
  readonly entries: readonly TensorEntry[];
  /** The `__metadata__` entry, empty if there is none. */
  readonly metadata: Record<string, string>;
}

/**
 * Length of the JSON of a file.
 *
 * @param start The first {@link LENGTH_BYTES} of the file, or all of it if it is shorter.
 * @param fileBytes How long the file is.
 * @param source What to call the file in an error.
 * @throws {InputError} If there cannot be such a file.
 */
export function headerLength(start: Uint8Array, fileBytes: number, source: string): number {
  const refuse = refusal(source);
  if (fileBytes < LENGTH_BYTES) {
    refuse(`it has ${fileBytes} bytes, too short for a safetensors file`);
  }
  const view = new DataView(start.buffer, start.byteOffset, LENGTH_BYTES);
  const length = Number(view.getBigUint64(0, true));
  if (length > LARGEST_HEADER_BYTES) {
    refuse(
      `its header would be ${length} bytes long and ${LARGEST_HEADER_BYTES} are allowed, it is ` +
        `not a safetensors file`,
    );
  }
  if (length > fileBytes - LENGTH_BYTES) {
    refuse(
      `it is truncated, its header is ${length} bytes long and ${fileBytes - LENGTH_BYTES} ` +
        `bytes are there`,
    );
  }
  return length;
}

/**
 * Reads a header strictly.
 *
 * @param bytes The JSON.
 * @param dataBytes How many bytes follow it.
 * @param source What to call the file in an error.
 * @throws {InputError} If it breaks the format in any way.
 */
export function parseHeader(
  bytes: Uint8Array,
  dataBytes: number,
  source: string,
): SafetensorsHeader {
  const refuse = refusal(source);
  const json = parseJson(bytes, refuse);
  const metadata = checkMetadata(json[METADATA_KEY], refuse);
  const entries = Object.entries(json)
    .filter(([name]) => name !== METADATA_KEY)
    .map(([name, entry]) => checkEntry(name, entry, refuse))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  let reached = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== reached) {
      const trouble = begin < reached ? "overlaps the tensor before it" : "leaves a hole before it";
      refuse(`tensor ${name} ${trouble}, at byte ${begin} of the data instead of ${reached}`);
    }
    if (end > dataBytes) {
      const all = entries.reduce((most, entry) => Math.max(most, entry.end), 0);
      refuse(
        `it is truncated, tensor ${name} ends at byte ${end} and ${dataBytes} of the ` +
          `${all} bytes of data are there`,
      );
    }
    reached = end;
  }
  if (reached !== dataBytes) {
    refuse(`${dataBytes - reached} bytes after the last tensor belong to none`);
  }
  return { entries, metadata };
}

/**
 * Places tensors: ordered by element size, largest first, then by name, so that equal tensors give equal bytes and every
 * tensor is aligned to its element size.
 *
 * @throws {RangeError} If one is named `__metadata__`.
 */
export function placeTensors(tensors: Iterable<readonly [string, TensorInfo]>): TensorEntry[] {
  const ordered = [...tensors].sort(([nameA, a], [nameB, b]) =>
    dtypeBytes(b.dtype) - dtypeBytes(a.dtype) || (nameA < nameB ? -1 : 1)
  );
  let reached = 0;
  return ordered.map(([name, { dtype, shape }]) => {
    if (name === METADATA_KEY) throw new RangeError(`a tensor cannot be named ${METADATA_KEY}`);
    const begin = reached;
    const end = reached += elementCount(shape) * dtypeBytes(dtype);
    return { name, dtype, shape, begin, end };
  });
}

/** The length and the JSON of a file, padded so that the data is aligned. */
export function encodeHeader({ entries, metadata }: SafetensorsHeader): Uint8Array<ArrayBuffer> {
  const json = JSON.stringify(Object.fromEntries<unknown>([
    [METADATA_KEY, metadata],
    ...entries.map(({ name, dtype, shape, begin, end }) =>
      [name, { dtype, shape, data_offsets: [begin, end] }] as const
    ),
  ]));
  const text = new TextEncoder().encode(json);
  const padded = Math.ceil(text.length / 8) * 8;
  const header = new Uint8Array(LENGTH_BYTES + padded).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(padded), true);
  header.set(text, LENGTH_BYTES);
  return header;
}

type Refuse = (why: string) => never;

function refusal(source: string): Refuse {
  return (why) => {
    throw new InputError(`Cannot read ${source}: ${why}`);
  };
}

function parseJson(bytes: Uint8Array, refuse: Refuse): Record<string, unknown> {
  let text = "";
  let json: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    json = JSON.parse(text);
  } catch {
    refuse("its header is not JSON, it is not a safetensors file or it is damaged");
  }
  if (!isObject(json) || !text.startsWith("{")) return refuse("its header is not a JSON object");
  const duplicate = findDuplicateKey(text);
  if (duplicate !== undefined) refuse(`its header has the key ${JSON.stringify(duplicate)} twice`);
  return json;
}

function checkMetadata(value: unknown, refuse: Refuse): Record<string, string> {
  if (value === undefined) return {};
  if (!isObject(value)) return refuse(`its ${METADATA_KEY} is not an object`);
  const metadata: Record<string, string> = {};
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== "string") return refuse(`its ${METADATA_KEY} entry ${key} is not a string`);
    metadata[key] = text;
  }
  return metadata;
}

function checkEntry(name: string, entry: unknown, refuse: Refuse): TensorEntry {
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

/** Number of elements of a shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((count, size) => count * size, 1);
}

function isSizeList(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
