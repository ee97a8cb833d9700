/**
 * Ternary codes as Hugging Face's BitNet checkpoints store them, four to a byte.
 *
 * @module
 */

/**
 * Packs a matrix as Hugging Face does: with R = ⌈rows / 4⌉, byte [r, j] holds code + 1 of the rows r, r + R, r + 2R and
 * r + 3R of column j at bits 0, 2, 4 and 6; bits of missing rows are 0.
 *
 * @param codes (rows · columns) codes −1, 0 and 1.
 * @returns (R · columns) bytes.
 * @throws {RangeError} If a code is not ternary.
 * @see pack_weights in transformers/integrations/bitnet.py
 */
export function packHuggingFace(codes: Int8Array, columns: number): Uint8Array {
  const rows = codes.length / columns;
  const packedRows = Math.ceil(rows / 4);
  const bytes = new Uint8Array(packedRows * columns);
  codes.forEach((code, i) => {
    if (code < -1 || code > 1) throw new RangeError(`Cannot pack code ${code}: it is not ternary`);
    const row = Math.floor(i / columns);
    const at = (row % packedRows) * columns + i % columns;
    bytes[at] |= (code + 1) << (2 * Math.floor(row / packedRows));
  });
  return bytes;
}

/**
 * Unpacks what {@link packHuggingFace} packed.
 *
 * @param rows Rows of the matrix, at most four times those of the packed one.
 * @returns (rows · columns) codes.
 */
export function unpackHuggingFace(bytes: Uint8Array, rows: number, columns: number): Int8Array {
  const packedRows = bytes.length / columns;
  const codes = new Int8Array(rows * columns);
  return codes.map((_, i) => {
    const row = Math.floor(i / columns);
    const byte = bytes[(row % packedRows) * columns + i % columns];
    return (byte >> (2 * Math.floor(row / packedRows)) & 3) - 1;
  });
}
