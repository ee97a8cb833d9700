/**
 * Scales of weight quantizers that are parameters, and learned like the weights.
 *
 * @module
 */
import { startOfScale } from "../quant/quantize_group.ts";
import { Parameter } from "../tensor/parameter.ts";
import { elementCount } from "../tensor/value.ts";
import { groupCount, groupSize } from "./granularity.ts";
import type { Quantization } from "./quantization.ts";

/**
 * How many scales a weight matrix has.
 *
 * @param shape (N, K), of the matrix.
 * @returns (N, groups) with scales for each row, (1, 1) with one for the matrix.
 */
export function scaleShape(
  [rows, columns]: readonly [N: number, K: number],
  { weightGranularity }: Quantization,
): [number, number] {
  if (weightGranularity === "tensor") return [1, 1];
  return [rows, groupCount(weightGranularity, columns)];
}

/**
 * The weights of each scale of a matrix, in the order of its scales.
 *
 * @param weights (N·K) the matrix, row by row.
 * @returns Parts of it, which are not copied.
 */
export function weightsOfScales(
  weights: Float32Array,
  [rows, columns]: readonly [N: number, K: number],
  { weightGranularity }: Quantization,
): Float32Array[] {
  if (weightGranularity === "tensor") return [weights];
  const size = groupSize(weightGranularity) || columns;
  const parts: Float32Array[] = [];
  for (let row = 0; row < rows; row++) {
    const end = (row + 1) * columns;
    for (let from = row * columns; from < end; from += size) {
      parts.push(weights.subarray(from, Math.min(from + size, end)));
    }
  }
  return parts;
}

/**
 * The parameter of the learned scales of a weight matrix: for each of its parts `<name>_step`, (N, 1), (N, groups) or,
 * where the whole matrix shares one, (1, 1). It starts from the weights and does not decay.
 *
 * @returns Undefined where the scales are not learned.
 */
export function learnedScales(
  weight: Parameter,
  quantization: Quantization,
): Parameter | undefined {
  const { weightQuantizer, weightBits } = quantization;
  const format = weightQuantizer?.format(weightBits);
  if (!format?.learned) return undefined;
  const parts = weight.matrices.map(({ name, shape }) => ({
    name: `${name}_step`,
    shape: scaleShape(shape, quantization),
  }));
  return new Parameter({
    parts,
    decay: false,
    initializer: {
      kind: "derived",
      from: weight,
      derive(values) {
        let start = 0;
        const starts = weight.matrices.flatMap(({ shape }) => {
          const part = values.subarray(start, start += elementCount(shape));
          return weightsOfScales(part, shape, quantization)
            .map((weights) => startOfScale(format, weights));
        });
        return Float32Array.from(starts);
      },
    },
  });
}
