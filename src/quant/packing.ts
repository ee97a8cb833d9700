/**
 * Codes packed into as many bits as they need.
 *
 * 32 consecutive codes of B bits are exactly B words of 32 bits: code i takes the bits i·B to i·B + B − 1 of them, counted
 * from the lowest bit of the first word. What is stored is the number of a code in its format, 0 for the smallest.
 *
 * @module
 */
import type { WeightFormat } from "./quantizer.ts";

/** Codes that are packed together. */
export const CODES_PER_BLOCK = 32;

/** Bits that a code of a width takes in whole bits: 2 for ternary ones. */
export function storageBits(bits: number): number {
  return Math.ceil(bits);
}

/** The numbers of codes in their format: 0 for the smallest, then up by one from code to code. */
function numbersOf(format: WeightFormat): { low: number; spacing: number; count: number } {
  const { rounding, codes: [low, high] } = format;
  const spacing = rounding === "nearest" || rounding === "threshold" ? 1 : 2;
  return { low, spacing, count: (high - low) / spacing + 1 };
}

/**
 * Packs a matrix of codes, row by row.
 *
 * @param codes (rows · columns) codes of the format.
 * @param columns Codes per row; the last block of a row is filled up with number 0.
 * @param format Of the quantizer and width that made the codes.
 * @param bits Width of the codes.
 * @returns (rows · ⌈columns / 32⌉ · ⌈bits⌉) words.
 * @throws {RangeError} If a code is none of the format's: such as 0 at one bit, which the signs of learned scales give for
 * weights that are exactly 0.
 *
 * @example Four-level codes, 2 bits each
 * ```ts
 * import assert from "node:assert/strict";
 * import { packWeightCodes } from "../../mod.ts";
 * import { seq, unpackWeightCodes } from "../faces/quant.ts";
 *
 * const codes = Int8Array.of(-3, -1, 1, 3, 3, 1);
 * const words = packWeightCodes(codes, 6, seq.format(2), 2);
 * assert.deepEqual(words, Uint32Array.of(0b10_11_11_10_01_00, 0));
 * assert.deepEqual(unpackWeightCodes(words, 6, seq.format(2), 2), codes);
 * ```
 */
export function packWeightCodes(
  codes: Int8Array,
  columns: number,
  format: WeightFormat,
  bits: number,
): Uint32Array {
  const { low, spacing, count } = numbersOf(format);
  const width = storageBits(bits);
  const rows = codes.length / columns;
  const words = new Uint32Array(rows * rowWords(columns, width));
  let at = 0;
  for (let row = 0; row < rows; row++) {
    const start = row * rowWords(columns, width);
    for (let column = 0; column < columns; column++) {
      const code = codes[at++];
      const number = (code - low) / spacing;
      if (!Number.isInteger(number) || number < 0 || number >= count) {
        throw new RangeError(
          `Cannot pack code ${code} at ${bits} bits: it is none of the format's`,
        );
      }
      const bit = column * width;
      const word = start + (bit >>> 5);
      const shift = bit & 31;
      words[word] |= number << shift;
      if (shift + width > 32) words[word + 1] |= number >>> (32 - shift);
    }
  }
  return words;
}

/**
 * Unpacks what {@link packWeightCodes} packed.
 *
 * @returns (rows · columns) codes.
 */
export function unpackWeightCodes(
  words: Uint32Array,
  columns: number,
  format: WeightFormat,
  bits: number,
): Int8Array {
  const { low, spacing } = numbersOf(format);
  const width = storageBits(bits);
  const mask = 2 ** width - 1;
  const stride = rowWords(columns, width);
  const codes = new Int8Array(words.length / stride * columns);
  return codes.map((_, i) => {
    const bit = (i % columns) * width;
    const word = Math.floor(i / columns) * stride + (bit >>> 5);
    const shift = bit & 31;
    let number = words[word] >>> shift;
    if (shift + width > 32) number |= words[word + 1] << (32 - shift);
    return low + spacing * (number & mask);
  });
}

/** Words of a packed row. */
function rowWords(columns: number, width: number): number {
  return Math.ceil(columns / CODES_PER_BLOCK) * width;
}

/** Ternary codes in a byte: 3⁵ = 243. */
const TRITS_PER_BYTE = 5;

/**
 * Packs ternary codes five to a byte, 1.6 bits each: Σ (code + 1) · 3^i over the codes i = 0 … 4 of a byte.
 *
 * @param codes (rows · columns) codes −1, 0 and 1.
 * @param columns Codes per row; the last byte of a row is filled up with code −1.
 * @returns (rows · ⌈columns / 5⌉) bytes.
 * @throws {RangeError} If a code is not ternary.
 */
export function packTernary(codes: Int8Array, columns: number): Uint8Array {
  const stride = Math.ceil(columns / TRITS_PER_BYTE);
  const bytes = new Uint8Array(codes.length / columns * stride);
  codes.forEach((code, i) => {
    if (code < -1 || code > 1) throw new RangeError(`Cannot pack code ${code}: it is not ternary`);
    const column = i % columns;
    const at = Math.floor(i / columns) * stride + Math.floor(column / TRITS_PER_BYTE);
    bytes[at] += (code + 1) * 3 ** (column % TRITS_PER_BYTE);
  });
  return bytes;
}

/**
 * Unpacks what {@link packTernary} packed.
 *
 * @returns (rows · columns) codes.
 */
export function unpackTernary(bytes: Uint8Array, columns: number): Int8Array {
  const stride = Math.ceil(columns / TRITS_PER_BYTE);
  const codes = new Int8Array(bytes.length / stride * columns);
  return codes.map((_, i) => {
    const column = i % columns;
    const byte = bytes[Math.floor(i / columns) * stride + Math.floor(column / TRITS_PER_BYTE)];
    return Math.floor(byte / 3 ** (column % TRITS_PER_BYTE)) % 3 - 1;
  });
}

/**
 * Bytes of a packed matrix of codes: ternary ones five to a byte, others in whole bits.
 *
 * @param bits Width of the codes.
 */
export function packedCodeBytes(rows: number, columns: number, bits: number): number {
  return bits === 1.58
    ? rows * Math.ceil(columns / TRITS_PER_BYTE)
    : rows * rowWords(columns, storageBits(bits)) * 4;
}
