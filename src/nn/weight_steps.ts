/**
 * Steps of weight quantizers that are parameters, and learnt like the weights.
 *
 * @module
 */
import { startOfStep } from "../quant/quantize_group.ts";
import { Parameter } from "../tensor/parameter.ts";
import { elementCount } from "../tensor/value.ts";
import type { Quantization } from "./quantization.ts";

/**
 * How many steps a weight matrix has.
 *
 * @param shape (N, K), of the matrix.
 * @returns (N, 1) with a step for each row, (1, 1) with one for the matrix.
 */
export function stepShape(
  [rows]: readonly [N: number, K: number],
  { weightGranularity }: Quantization,
): [number, number] {
  return [weightGranularity === "row" ? rows : 1, 1];
}

/**
 * The parameter of the learnt steps of a weight matrix: for each of its parts `<name>_step`, (N, 1) or, where the
 * whole matrix shares one, (1, 1). It starts from the weights and does not decay.
 *
 * @returns Undefined where the steps are not learnt.
 */
export function learnedSteps(
  weight: Parameter,
  quantization: Quantization,
): Parameter | undefined {
  const { weightQuantizer, weightBits } = quantization;
  const format = weightQuantizer?.format(weightBits);
  if (!format?.learned) return undefined;
  const parts = weight.parts.map(({ name, shape: [rows, columns] }) => ({
    name: `${name}_step`,
    shape: stepShape([rows, columns], quantization),
  }));
  return new Parameter({
    parts,
    decay: false,
    initializer: {
      kind: "derived",
      from: weight,
      derive(values) {
        let start = 0;
        return Float32Array.from(weight.parts.flatMap(({ shape }, part) => {
          const [length] = parts[part].shape;
          const size = elementCount(shape) / length;
          return Array.from(
            { length },
            () => startOfStep(format, values.subarray(start, start += size)),
          );
        }));
      },
    },
  });
}
