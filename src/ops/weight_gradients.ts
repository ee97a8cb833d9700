/**
 * From the gradients of quantized weights to those of latent weights and learned scales, for all layers at once.
 *
 * @module
 */
import {
  scaleGradientsKernel,
  weightGradientsKernel,
} from "../../kernels/quantizers/weight_gradients.ts";
import { decodeFormat, FORMAT_COLUMNS, gradientFactor } from "../quant/format_table.ts";
import { groupGradients } from "../quant/quantize_group.ts";
import { callKernel, type KernelCall } from "../tensor/kernel_call.ts";
import { apply, type Op, scratch } from "../tensor/op.ts";
import { byteLengthOf, type Value } from "../tensor/value.ts";
import { ROW_TABLE_COLUMNS, type WeightTables } from "./quantize_weights.ts";

/** What has to be known of the groups. */
export interface WeightGradientsAttributes {
  /** Whether several rows share a learned scale. */
  readonly sharedScales: boolean;
}

/** (flat parameters, row table, formats, flat codes, flat scales, flat gradients) → flat gradients, in place. */
export const weightGradientsOp: Op<WeightGradientsAttributes> = {
  name: "weight_gradients",
  infer: (inputs) => [inputs[5]],
  lower({ inputs, outputs: [gradients], attributes: { sharedScales } }): KernelCall[] {
    const [parameters, rows, formats, codes, scales] = inputs;
    const sums = scratch({ shape: [rows.shape[0]], dtype: "f32" });
    const constants = { ROWS: rows.shape[0] };
    const extent = [rows.shape[0]];
    const perRow = callKernel(weightGradientsKernel, {
      constants,
      reads: { parameters, rows, formats, codes, scales },
      writes: { gradients, sums },
      extent,
    });
    if (!sharedScales) return [perRow];
    const reads = { sums, rows, formats };
    // Of all gradients it writes those of the scales, one per matrix.
    const written = 4 * formats.shape[0];
    const bytes = Object.values(reads).reduce((sum, value) => sum + byteLengthOf(value), written);
    const perScale = callKernel(scaleGradientsKernel, {
      constants,
      reads,
      writes: { gradients },
      extent,
      bytes,
    });
    return [perRow, perScale];
  },
  reference([parameters, table, formats, words, scales, gradients]) {
    const codes = new Int8Array(Uint32Array.from(words).buffer);
    const result = gradients.slice();
    const learned = new Map<number, number>();
    for (let at = 0; at < table.length; at += ROW_TABLE_COLUMNS) {
      const [start, columns, word, scale, , , matrix, parameter] = table.subarray(at);
      const numbers = formats.subarray(FORMAT_COLUMNS * matrix);
      const format = decodeFormat(numbers);
      const row = groupGradients(
        format,
        parameters.subarray(start, start + columns),
        { codes: codes.subarray(4 * word, 4 * word + columns), scale: scales[scale] },
        gradients.subarray(start, start + columns),
      );
      result.set(row.weights, start);
      if (!format.learned) continue;
      const sum = (learned.get(parameter) ?? 0) + gradientFactor(numbers) * row.scale;
      learned.set(parameter, sum);
      result[parameter] = sum;
    }
    return [result];
  },
};

/**
 * Turns gradients of quantized weights into those of the latent weights, which pass where the format's `clip` says, and
 * writes those of learned scales, all in place: {@link groupGradients} in float64 for one group.
 *
 * @param parameters (n) f32, flat, the latent weights and the parameters of learned scales.
 * @param image Codes and scales that `quantizeWeights` made of them.
 * @param gradients (n) f32, laid out like the parameters: on entry those of the quantized weights.
 * @returns The gradients, at the same place: a root for the plan.
 */
export function weightGradients(
  parameters: Value,
  { rows, formats }: Omit<WeightTables, "thresholds">,
  image: { readonly codes: Value; readonly scales: Value },
  gradients: Value,
  attributes: WeightGradientsAttributes,
): Value {
  const inputs = [parameters, rows, formats, image.codes, image.scales, gradients];
  const [result] = apply(weightGradientsOp, inputs, attributes);
  result.location = gradients.location;
  return result;
}
