/**
 * Quantizes the weights of all layers at once.
 *
 * @module
 */
import { decodeFormat, FORMAT_COLUMNS } from "../quant/format_table.ts";
import { type QuantizedGroup, quantizeGroup } from "../quant/quantize_group.ts";
import {
  quantizeWeightsKernel,
  weightMediansKernel,
  weightStatisticsKernel,
} from "../../kernels/quantizers/quantize_weights.ts";
import { callKernel, type KernelCall } from "../tensor/kernel_call.ts";
import { apply, type Op, scratch } from "../tensor/op.ts";
import type { TensorType, Value } from "../tensor/value.ts";

/** Columns of the row table, as `kernels/quantizers/quantize_weights.wgsl` documents them. */
export const ROW_TABLE_COLUMNS = 8;

/** Sizes of the flat outputs, and what has to be known of the groups. */
export interface QuantizeWeightsAttributes {
  /** Words of packed codes. */
  readonly codeWords: number;
  /** Entries of the scale buffer. */
  readonly scaleCount: number;
  /** Whether the scale of a group is made of its median. */
  readonly medians: boolean;
}

/** Where the weights lie and how they are quantized. */
export interface WeightTables {
  /**
   * (rows, 8) u32, each row one of a weight matrix, or a part of one that has a scale of its own: first weight, columns,
   * first word of its codes, its scale, first table row and number of rows of the group that shares the scale, matrix,
   * parameter of its learned scale or 0.
   */
  readonly rows: Value;
  /** (matrices, 12) f32: how the weights of each matrix are quantized, from `encodeFormat`. */
  readonly formats: Value;
  /** (matrices) f32: threshold of each matrix. */
  readonly thresholds: Value;
}

/**
 * (flat parameters, row table, formats, thresholds) → (flat codes in words, flat scales). The straight-through
 * gradient does not pass through here: `ParameterValue` hands it to the parameter.
 */
export const quantizeWeightsOp: Op<QuantizeWeightsAttributes> = {
  name: "quantize_weights",
  infer(_inputs, { codeWords, scaleCount }): TensorType[] {
    return [{ shape: [codeWords], dtype: "u32" }, { shape: [scaleCount], dtype: "f32" }];
  },
  lower({ inputs, outputs: [codes, scales], attributes }): KernelCall[] {
    const [parameters, rows, formats, thresholds] = inputs;
    const ROWS = rows.shape[0];
    const work = { constants: { ROWS }, extent: [ROWS] };
    const statistics = scratch({ shape: [ROWS, 4], dtype: "f32" });
    const medians = () =>
      callKernel(weightMediansKernel, {
        ...work,
        reads: { parameters, rows, formats },
        writes: { statistics },
      });
    return [
      callKernel(weightStatisticsKernel, {
        ...work,
        reads: { parameters, rows, formats, thresholds },
        writes: { statistics },
      }),
      ...attributes.medians ? [medians()] : [],
      callKernel(quantizeWeightsKernel, {
        ...work,
        reads: { parameters, rows, formats, thresholds, statistics },
        writes: { codes, scales },
      }),
    ];
  },
  reference([parameters, table, formats, thresholds], { attributes: { codeWords, scaleCount } }) {
    const codes = new Int8Array(4 * codeWords);
    const scales = new Float64Array(scaleCount);
    let group: QuantizedGroup | undefined;
    for (let at = 0; at < table.length; at += ROW_TABLE_COLUMNS) {
      const [start, columns, word, scale, first, rows, matrix, parameter] = table.subarray(at);
      const row = at / ROW_TABLE_COLUMNS - first;
      // Rows of a group follow one another, in the table and in memory: they are parts of one matrix.
      if (row === 0) {
        const format = decodeFormat(formats.subarray(FORMAT_COLUMNS * matrix));
        group = quantizeGroup(format, parameters.subarray(start, start + rows * columns), {
          columns,
          threshold: thresholds[matrix],
          learned: parameters[parameter],
        });
      }
      codes.set(group!.codes.subarray(row * columns, (row + 1) * columns), 4 * word);
      scales[scale] = group!.scale;
    }
    return [Float64Array.from(new Uint32Array(codes.buffer)), scales];
  },
};

/**
 * Codes and scales of all rows in the table: `codes · scale` stands for the weights of a row. How they are quantized is
 * stated by the {@link WeightFormat} of their matrix.
 *
 * @param parameters (n) f32, flat.
 * @returns Codes (codeWords) u32, four to a word, and scales (scaleCount) f32.
 */
export function quantizeWeights(
  parameters: Value,
  { rows, formats, thresholds }: WeightTables,
  attributes: QuantizeWeightsAttributes,
): [codes: Value, scales: Value] {
  const inputs = [parameters, rows, formats, thresholds];
  const [codes, scales] = apply(quantizeWeightsOp, inputs, attributes);
  return [codes, scales];
}
