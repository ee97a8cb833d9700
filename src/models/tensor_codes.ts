/**
 * Codes of quantized weights, read back from a device.
 *
 * @module
 */

/** The quantized image of one named tensor. */
export interface TensorCodes {
  /** Name of the latent weights in the state dict. */
  readonly name: string;
  /** (N, K), of the weights. */
  readonly shape: readonly [rows: number, columns: number];
  /** Row by row, every row padded with zeros to a multiple of four. */
  readonly codes: Int8Array;
  /** What one unit of the codes stands for: as many for each row, row by row. */
  readonly scales: Float32Array;
  /** Weights of a row that share a scale; 0: all of them do. */
  readonly groupSize: number;
}

/** Calls `visit` with the place of every weight in its tensor, its code and its scale. */
export function forEachCode(
  { shape: [rows, columns], codes, scales, groupSize }: TensorCodes,
  visit: (index: number, code: number, scale: number) => void,
): void {
  const [codesPerRow, scalesPerRow] = [codes.length / rows, scales.length / rows];
  const size = groupSize || columns;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const scale = scales[row * scalesPerRow + Math.floor(column / size)];
      visit(row * columns + column, codes[row * codesPerRow + column], scale);
    }
  }
}
