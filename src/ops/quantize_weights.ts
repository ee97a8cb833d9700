/**
 * Quantizes the weights of all layers at once.
 *
 * @module
 */
import { weightQuantizers } from "../quant/schemes.ts";
import { apply, type KernelCall, type Op, scratch } from "../tensor/op.ts";
import type { TensorType, Value } from "../tensor/value.ts";

/** Columns of the row table, as `kernels/quantize_weights.wgsl` documents them. */
export const ROW_TABLE_COLUMNS = 8;

/** Sizes of the flat outputs. */
export interface QuantizeWeightsAttributes {
  /** Words of packed codes. */
  readonly codeWords: number;
  /** Entries of the step buffer. */
  readonly stepCount: number;
}

/**
 * (flat parameters, row table (rows, 8) u32) → (flat codes in words, flat steps). The straight-through
 * gradient does not pass through here: `ParameterCodes` hands it to the parameter.
 */
export const quantizeWeightsOp: Op<QuantizeWeightsAttributes> = {
  name: "quantize_weights",
  infer(_inputs, { codeWords, stepCount }): TensorType[] {
    return [{ shape: [codeWords], dtype: "u32" }, { shape: [stepCount], dtype: "f32" }];
  },
  lower({ inputs: [parameters, table], outputs: [codes, steps] }): KernelCall[] {
    const rows = table.shape[0];
    const statistics = scratch({ shape: [rows, 4], dtype: "f32" });
    const constants = { ROWS: rows };
    return [
      {
        kernel: "weight_statistics",
        constants,
        reads: [parameters, table],
        writes: [statistics],
        extent: [rows],
      },
      {
        kernel: "quantize_weights",
        constants,
        reads: [parameters, table, statistics],
        writes: [codes, steps],
        extent: [rows],
      },
    ];
  },
  reference([parameters, table], { attributes: { codeWords, stepCount } }) {
    const codes = new Int8Array(4 * codeWords);
    const steps = new Float64Array(stepCount);
    for (let at = 0; at < table.length; at += ROW_TABLE_COLUMNS) {
      const [offset, columns, word, step, first, rows, scheme, limit] = table.subarray(at);
      // Rows of a segment follow one another in memory: they are parts of one matrix.
      const before = (at / ROW_TABLE_COLUMNS - first) * columns;
      const start = offset - before;
      const segment = parameters.subarray(start, start + rows * columns);
      const quantizer = weightQuantizers.find(({ kernelScheme }) => kernelScheme === scheme)!;
      const bits = quantizer.widths.find((width) => quantizer.levels(width) === limit)!;
      const group = quantizer.quantize(segment, bits);
      codes.set(group.codes.subarray(before, before + columns), 4 * word);
      steps[step] = group.step;
    }
    return [Float64Array.from(new Uint32Array(codes.buffer)), steps];
  },
};

/**
 * Codes and steps of all rows in the table: `codes · step` stands for the weights of a row. The formulas
 * are those of the {@link WeightQuantizer} that a row names.
 *
 * @param parameters (n) f32, flat.
 * @param table (rows, 8) u32, each row one of a weight matrix: first weight, columns, first word of its
 * codes, its step, first table row and number of rows of the group that shares the step, scheme, largest code.
 * @returns Codes (codeWords) u32, four to a word, and steps (stepCount) f32.
 */
export function quantizeWeights(
  parameters: Value,
  table: Value,
  attributes: QuantizeWeightsAttributes,
): [codes: Value, steps: Value] {
  const [codes, steps] = apply(quantizeWeightsOp, [parameters, table], attributes);
  return [codes, steps];
}
