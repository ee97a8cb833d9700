/**
 * Reads floating-point tensors of files as float32, piece by piece.
 *
 * @module
 */

import { InputError } from "../errors.ts";
import { dtypeBytes, isFloatDType, toFloat32 } from "./tensor.ts";
import { elementsOf, PIECE_BYTES, type TensorFile } from "./tensor_file.ts";

/** Elements of a piece. */
const PIECE_ELEMENTS = PIECE_BYTES / 4;

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
   * All of a tensor, or of several behind one another, in memory of its own.
   *
   * @throws {InputError} As {@link read} does.
   */
  async all(...names: string[]): Promise<Float32Array<ArrayBuffer>> {
    const sizes = names.map((name) => elementsOf(this.file, name));
    const result = new Float32Array(sizes.reduce((sum, size) => sum + size, 0));
    let at = 0;
    for (const [i, name] of names.entries()) {
      for await (const { offset, values } of this.pieces(name)) result.set(values, at + offset);
      at += sizes[i];
    }
    return result;
  }
}
