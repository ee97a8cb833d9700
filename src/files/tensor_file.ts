/**
 * Files of named tensors, read tensor by tensor and piece by piece in the type they are stored in.
 *
 * @module
 */

import { InputError } from "../errors.ts";
import {
  dtypeBytes,
  isFloatDType,
  type StoredDType,
  type StoredTensor,
  toFloat32,
} from "./tensor.ts";

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

/** Number of elements of a tensor in a file. */
export function elementsOf(file: TensorFile, name: string): number {
  return file.shape(name).reduce((count, size) => count * size, 1);
}

/** Elements of a piece: large enough that reading it costs no more than its bytes, small beside any model. */
export const PIECE_ELEMENTS: number = 1 << 18;

/** Values of a tensor from one element on. */
export interface FloatPiece {
  /** The first element. */
  readonly offset: number;
  /** The elements; what is read next is written over them. */
  readonly values: Float32Array;
}

/** Reads floating-point tensors in pieces, all into the same memory. */
export class FloatReader {
  #stored = new Uint8Array();
  #floats = new Float32Array();

  /**
   * A reader of a file.
   *
   * @param pieceElements Largest piece.
   */
  constructor(
    /** The file. */
    readonly file: TensorFile,
    readonly pieceElements: number = PIECE_ELEMENTS,
  ) {}

  /**
   * Elements of a tensor, as float32.
   *
   * @param offset The first one.
   * @param count How many, at most those of a piece.
   * @returns Their values, until something else is read.
   * @throws {InputError} If the tensor is of no floating-point type, or the file cannot be read.
   */
  async read(name: string, offset: number, count: number): Promise<Float32Array> {
    const { file } = this;
    const dtype = file.dtype(name);
    if (!isFloatDType(dtype)) {
      throw new InputError(
        `Cannot load ${file.source}: tensor ${name} is ${dtype}, it must be F32, F16, BF16 or F64`,
      );
    }
    const bytes = dtypeBytes(dtype);
    const range = { start: offset * bytes, end: (offset + count) * bytes };
    if (this.#stored.length < count * bytes) this.#stored = new Uint8Array(count * bytes);
    const data = await file.read(name, range, this.#stored.subarray(0, count * bytes));
    const tensor = { dtype, shape: [count], data };
    if (dtype === "F32") return toFloat32(tensor);
    if (this.#floats.length < count) this.#floats = new Float32Array(count);
    return toFloat32(tensor, this.#floats.subarray(0, count));
  }

  /**
   * All of a tensor, piece by piece.
   *
   * @throws {InputError} As {@link read} does.
   */
  async *pieces(name: string): AsyncGenerator<FloatPiece> {
    const elements = elementsOf(this.file, name);
    for (let offset = 0; offset < elements; offset += this.pieceElements) {
      const count = Math.min(this.pieceElements, elements - offset);
      yield { offset, values: await this.read(name, offset, count) };
    }
  }

  /**
   * All of a tensor, in memory of its own.
   *
   * @throws {InputError} As {@link read} does.
   */
  async all(name: string): Promise<Float32Array<ArrayBuffer>> {
    const result = new Float32Array(elementsOf(this.file, name));
    for await (const { offset, values } of this.pieces(name)) result.set(values, offset);
    return result;
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
