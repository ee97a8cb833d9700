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
 * The parameter of the learnt steps of a weight matrix: for each of its parts `<name>_step`, (N, 1) or, where the
 * whole matrix shares one, (1, 1). It starts from the weights and does not decay.
 *
 * @returns Undefined where the steps are not learnt.
 */
export function learnedSteps(
  weight: Parameter,
  { weightQuantizer, weightBits, weightGranularity }: Quantization,
): Parameter | undefined {
  const format = weightQuantizer?.format(weightBits);
  if (!format?.learned) return undefined;
  const parts = weight.parts.map(({ name, shape: [rows] }) => ({
    name: `${name}_step`,
    shape: [weightGranularity === "row" ? rows : 1, 1],
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
