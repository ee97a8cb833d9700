/**
 * Files of named tensors, read tensor by tensor and piece by piece in the type they are stored in.
 *
 * @module
 */

import { dtypeBytes, type StoredDType, type StoredTensor } from "./tensor.ts";

/** Which bytes of a tensor. */
export interface ByteRange {
  /** Offset of the first byte, from the beginning of the tensor. */
  readonly start: number;
  /** Offset behind the last byte. */
  readonly end: number;
}

/** Named tensors that are read in parts, whatever the format of the file is. */
export interface TensorFile {
  /** What to call it in an error: a path or an address. */
  readonly source: string;
  /** Every tensor, in the order of their data. */
  readonly names: readonly string[];
  /** Strings kept beside the tensors; empty if there are none. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Whether there is a tensor of this name. */
  has(name: string): boolean;
  /**
   * Size along each axis.
   *
   * @throws {RangeError} If there is no such tensor.
   */
  shape(name: string): readonly number[];
  /**
   * Type of each element.
   *
   * @throws {RangeError} If there is no such tensor.
   */
  dtype(name: string): StoredDType;
  /**
   * Bytes of a tensor, row-major and little-endian.
   *
   * @param range Which of them; default all.
   * @param into Memory of that size to put them in; default new.
   * @throws {RangeError} If there is no such tensor, or it is not so long.
   * @throws {InputError} If the file cannot be read.
   */
  read(name: string, range?: ByteRange, into?: Uint8Array): Promise<Uint8Array>;
}

/** A {@link TensorFile} that is open until it is disposed. */
export interface OpenTensorFile extends TensorFile, Disposable {}

/** Number of elements of a tensor. */
export function elementsOf(file: TensorFile, name: string): number {
  return file.shape(name).reduce((count, size) => count * size, 1);
}

/** Bytes of a tensor. */
export function bytesOf(file: TensorFile, name: string): number {
  return elementsOf(file, name) * dtypeBytes(file.dtype(name));
}

/** Bytes that are read at a time: enough that reading them costs no more than they do, few beside any model. */
export const PIECE_BYTES: number = 1 << 20;

/** All of a tensor in pieces, each of which is written over by the next. */
export async function* tensorPieces(file: TensorFile, name: string): AsyncGenerator<Uint8Array> {
  const bytes = bytesOf(file, name);
  const memory = new Uint8Array(Math.min(bytes, PIECE_BYTES));
  for (let start = 0; start < bytes; start += PIECE_BYTES) {
    const end = Math.min(start + PIECE_BYTES, bytes);
    yield await file.read(name, { start, end }, memory.subarray(0, end - start));
  }
}

/** Tensors in memory, to be read like those of a file. */
export function tensorsInMemory(
  tensors: ReadonlyMap<string, StoredTensor>,
  source: string,
): TensorFile {
  const find = (name: string): StoredTensor => {
    const tensor = tensors.get(name);
    if (!tensor) throw new RangeError(`Cannot find tensor ${name} in ${source}`);
    return tensor;
  };
  return {
    source,
    names: [...tensors.keys()],
    metadata: {},
    has: (name) => tensors.has(name),
    shape: (name) => find(name).shape,
    dtype: (name) => find(name).dtype,
    read(name, range, into) {
      return Promise.try(() => {
        const { data } = find(name);
        const part = range ? data.subarray(range.start, range.end) : data;
        if (range && part.length !== range.end - range.start) {
          throw new RangeError(`Cannot read up to byte ${range.end} of ${name} in ${source}`);
        }
        into?.set(part);
        return into ?? part;
      });
    },
  };
}

/**
 * Some tensors of a file, perhaps under other names.
 *
 * @param rename The new name of each; undefined leaves the tensor out.
 */
export function selectTensors(
  file: TensorFile,
  rename: (name: string) => string | undefined,
): TensorFile {
  const stored = new Map<string, string>();
  for (const name of file.names) {
    const renamed = rename(name);
    if (renamed !== undefined) stored.set(renamed, name);
  }
  const find = (name: string): string => {
    const found = stored.get(name);
    if (found === undefined) throw new RangeError(`Cannot find tensor ${name} in ${file.source}`);
    return found;
  };
  return {
    source: file.source,
    metadata: file.metadata,
    names: [...stored.keys()],
    has: (name) => stored.has(name),
    shape: (name) => file.shape(find(name)),
    dtype: (name) => file.dtype(find(name)),
    read: (name, range, into) => Promise.try(() => file.read(find(name), range, into)),
  };
}

/**
 * The tensors of several files as one; of a name that several have, the last.
 *
 * @param source What to call it in an error.
 */
export function joinTensors(files: readonly TensorFile[], source: string): TensorFile {
  const owners = new Map(files.flatMap((file) => file.names.map((name) => [name, file] as const)));
  const find = (name: string): TensorFile => {
    const file = owners.get(name);
    if (!file) throw new RangeError(`Cannot find tensor ${name} in ${source}`);
    return file;
  };
  return {
    source,
    names: [...owners.keys()],
    metadata: {},
    has: (name) => owners.has(name),
    shape: (name) => find(name).shape(name),
    dtype: (name) => find(name).dtype(name),
    read: (name, range, into) => Promise.try(() => find(name).read(name, range, into)),
  };
}
