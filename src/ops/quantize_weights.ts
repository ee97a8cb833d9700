/**
 * Quantizes the weights of all layers at once.
 *
 * @module
 */
import { apply, type KernelCall, type Op, scratch } from "../tensor/op.ts";
import type { TensorType, Value } from "../tensor/value.ts";

/** Columns of the row table, as `kernels/quantize_weights.wgsl` documents them. */
export const ROW_TABLE_COLUMNS = 8;

interface QuantizeWeightsAttributes {
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
  reference() {
    throw new TypeError("Cannot use this reference: each quantizer in quant/ has its own");
  },
};

/** Codes and steps of all rows in the table. */
export function quantizeWeights(
  parameters: Value,
  table: Value,
  attributes: QuantizeWeightsAttributes,
): [codes: Value, steps: Value] {
  const [codes, steps] = apply(quantizeWeightsOp, [parameters, table], attributes);
  return [codes, steps];
}
