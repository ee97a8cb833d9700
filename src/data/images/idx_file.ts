/**
 * IDX files: arrays of bytes behind a short header, as MNIST is published in.
 *
 * @module
 */

import { InputError } from "../../errors.ts";

/** An array of bytes. */
export interface IdxArray {
  /** Its dimensions, the slowest first. */
  readonly shape: readonly number[];
  /** Its elements, row-major. */
  readonly data: Uint8Array;
}

const unsignedBytes = 0x08;

/**
 * Reads an IDX file: two zero bytes, the element type, the number of dimensions, each of them as a big-endian u32,
 * and the elements.
 *
 * @param bytes The whole file, decompressed.
 * @param name What to call it in a message.
 * @param rank How many dimensions it must have.
 * @throws {InputError} If it is no such file, is not of bytes, or has not as many as it says.
 * @see http://yann.lecun.com/exdb/mnist/
 */
export function parseIdx(bytes: Uint8Array, name: string, rank: number): IdxArray {
  const refuse = (why: string) =>
    new InputError(`Cannot read ${name}: ${why}, an IDX file of unsigned bytes is accepted`);
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0) throw refuse("it is no IDX file");
  if (bytes[2] !== unsignedBytes) throw refuse(`its elements are of type ${bytes[2]}`);
  if (bytes[3] !== rank) throw refuse(`it has ${bytes[3]} dimensions, not ${rank}`);
  const start = 4 + 4 * rank;
  if (bytes.length < start) throw refuse("it ends within its header");
  const view = new DataView(bytes.buffer, bytes.byteOffset, start);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const expected = shape.reduce((product, size) => product * size, 1);
  if (bytes.length - start !== expected) {
    throw refuse(
      `it has ${bytes.length - start} bytes behind its header, (${
        shape.join(", ")
      }) are ${expected}`,
    );
  }
  return { shape, data: bytes.subarray(start) };
}
