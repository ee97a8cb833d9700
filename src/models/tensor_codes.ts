/**
 * Codes of quantized weights, read back from a device.
 *
 * @module
 */

import type { WeightImage } from "../nn/weight_image.ts";
import { BlockReader } from "./block_reader.ts";
import type { BufferSet } from "../tensor/compiled_plan.ts";
import type { Parameter } from "../tensor/parameter.ts";
import { byteLengthOf, type Value } from "../tensor/value.ts";

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

/**
 * Reads images back from a device, one for every matrix, in the order of the images.
 *
 * @param images By parameter.
 * @param buffers Those that they lie in.
 */
export async function* readImages(
  images: ReadonlyMap<Parameter, WeightImage>,
  buffers: BufferSet,
): AsyncGenerator<TensorCodes> {
  const reader = new BlockReader(buffers);
  const bytesOf = async (value: Value) => {
    const { buffer, byteOffset } = value.location!;
    const bytes = new Uint8Array(byteLengthOf(value));
    await reader.read(buffer, byteOffset, bytes);
    return bytes.buffer;
  };
  for (const [parameter, image] of images) {
    const codes = new Int8Array(await bytesOf(image.codes));
    const scales = new Float32Array(await bytesOf(image.scales));
    const [rows] = parameter.shape;
    const [codesPerRow, groups] = [codes.length / rows, scales.length / rows];
    let row = 0;
    for (const { name, shape } of parameter.matrices) {
      const [from, to] = [row, row += shape[0]];
      yield {
        name,
        shape,
        codes: codes.subarray(from * codesPerRow, to * codesPerRow),
        // On the device those of a group lie together.
        scales: Float32Array.from(
          { length: shape[0] * groups },
          (_, i) => scales[i % groups * rows + from + Math.floor(i / groups)],
        ),
        groupSize: image.groupSize,
      };
    }
  }
}
