/**
 * From the gradients of quantized weights to those of latent weights and learned steps, for all layers at once.
 *
 * @module
 */
import { decodeFormat, FORMAT_COLUMNS, gradientFactor } from "../quant/format_table.ts";
import { groupGradients } from "../quant/quantize_group.ts";
import { apply, type KernelCall, type Op, scratch } from "../tensor/op.ts";
import { byteLengthOf, type Value } from "../tensor/value.ts";
import { ROW_TABLE_COLUMNS, type WeightTables } from "./quantize_weights.ts";

/** What has to be known of the groups. */
export interface WeightGradientsAttributes {
  /** Whether several rows share a learned step. */
  readonly sharedSteps: boolean;
}

/** (flat parameters, row table, formats, flat codes, flat steps, flat gradients) → flat gradients, in place. */
export const weightGradientsOp: Op<WeightGradientsAttributes> = {
  name: "weight_gradients",
  infer: (inputs) => [inputs[5]],
  lower({ inputs, outputs: [gradients], attributes: { sharedSteps } }): KernelCall[] {
    const [parameters, rows, formats, codes, steps] = inputs;
    const sums = scratch({ shape: [rows.shape[0]], dtype: "f32" });
    const constants = { ROWS: rows.shape[0] };
    const extent = [rows.shape[0]];
    const perRow: KernelCall = {
      kernel: "weight_gradients",
      constants,
      reads: [parameters, rows, formats, codes, steps],
      writes: [gradients, sums],
      extent,
    };
    if (!sharedSteps) return [perRow];
    const reads = [sums, rows, formats];
    // Of all gradients it writes those of the steps, one per matrix.
    const written = 4 * formats.shape[0];
    const bytes = reads.reduce((sum, value) => sum + byteLengthOf(value), written);
    const step = { kernel: "step_gradients", constants, reads, writes: [gradients], extent, bytes };
    return [perRow, step];
  },
  reference([parameters, table, formats, words, steps, gradients]) {
    const codes = new Int8Array(Uint32Array.from(words).buffer);
    const result = gradients.slice();
    const learned = new Map<number, number>();
    for (let at = 0; at < table.length; at += ROW_TABLE_COLUMNS) {
      const [start, columns, word, step, , , matrix, parameter] = table.subarray(at);
      const numbers = formats.subarray(FORMAT_COLUMNS * matrix);
      const format = decodeFormat(numbers);
      const row = groupGradients(
        format,
        parameters.subarray(start, start + columns),
        { codes: codes.subarray(4 * word, 4 * word + columns), step: steps[step] },
        gradients.subarray(start, start + columns),
      );
      result.set(row.weights, start);
      if (!format.learned) continue;
      const sum = (learned.get(parameter) ?? 0) + gradientFactor(numbers) * row.step;
      learned.set(parameter, sum);
      result[parameter] = sum;
    }
    return [result];
  },
};

/**
 * Turns gradients of quantized weights into those of the latent weights, which pass where the format's `clip` says, and
 * writes those of learned steps, all in place: {@link groupGradients} in float64 for one group.
 *
 * @param parameters (n) f32, flat, the latent weights and the parameters of learned steps.
 * @param image Codes and steps that `quantizeWeights` made of them.
 * @param gradients (n) f32, laid out like the parameters: on entry those of the quantized weights.
 * @returns The gradients, at the same place: a root for the plan.
 */
export function weightGradients(
  parameters: Value,
  { rows, formats }: Omit<WeightTables, "thresholds">,
  image: { readonly codes: Value; readonly steps: Value },
  gradients: Value,
  attributes: WeightGradientsAttributes,
): Value {
  const inputs = [parameters, rows, formats, image.codes, image.steps, gradients];
  const [result] = apply(weightGradientsOp, inputs, attributes);
  result.location = gradients.location;
  return result;
}
