/** All weights of a model quantized at once: every scheme and width, parts, rows, padding and a second buffer. */
import assert from "node:assert/strict";
import { makeQuantization, type Quantization } from "../../src/nn/quantization.ts";
import { WeightCodes } from "../../src/nn/weight_codes.ts";
import {
  type QuantizeWeightsAttributes,
  quantizeWeightsOp,
} from "../../src/ops/quantize_weights.ts";
import { quantizeGroup } from "../../src/quant/quantize_group.ts";
import { registerWeightQuantizer, weightQuantizers } from "../../src/quant/schemes.ts";
import { CompiledPlan } from "../../src/tensor/compiled_plan.ts";
import { unpackCodes } from "../../src/tensor/evaluate.ts";
import { Parameter, ParameterLayout } from "../../src/tensor/parameter.ts";
import { makePlan } from "../../src/tensor/plan.ts";
import { elementCount, type Node } from "../../src/tensor/value.ts";
import { assertClose } from "../assert_close.ts";
import { deviceTest } from "../devices.ts";
import { assertCodes } from "../quant/assert_codes.ts";
import { normal } from "./sweep.ts";

/** What no quantizer in the list uses. */
registerWeightQuantizer({
  name: "unused-parts",
  widths: [2, 3, 4],
  format: (bits) =>
    bits === 2
      ? { statistic: "rootMeanSquare", divisor: 2, rounding: "sign", codes: [-1, 1] }
      : bits === 3
      ? { statistic: "maxAbsolute", divisor: 3, rounding: "threshold", codes: [-1, 1] }
      : {
        statistic: "rootMeanSquare",
        divisor: 2.5,
        minimum: 0.25,
        rounding: "nearest",
        codes: [-8, 7],
      },
});

/** Every scheme at every width, per tensor and per row. */
function allQuantizations(): Quantization[] {
  return weightQuantizers.flatMap(({ name, widths }) =>
    widths.flatMap((weightBits) =>
      ["tensor", "row"].map((weightGranularity) =>
        makeQuantization({ weightBits, weightScheme: name, weightGranularity })
      )
    )
  );
}

/** Three projections of 3, 2 and 2 rows over 7 inputs, then matrices of 5 × 12, 1 × 1 and 45 × 65. */
function makeParameters(): Parameter[] {
  const shapes: [string, number[]][][] = [
    [["q", [3, 7]], ["k", [2, 7]], ["v", [2, 7]]],
    [["o", [5, 12]]],
    [["one", [1, 1]]],
    [["large", [45, 65]]],
  ];
  return shapes.map((parts) =>
    new Parameter({
      parts: parts.map(([name, shape]) => ({ name, shape })),
      initializer: { kind: "constant", value: 0 },
      decay: true,
    })
  );
}

for (const shards of [1, 2]) {
  deviceTest(`quantize_weights: every scheme, buffers: ${shards}`, async (device) => {
    const weights = allQuantizations().flatMap((quantization) =>
      makeParameters().map((parameter) => ({ parameter, quantization }))
    );
    const parameters = weights.map(({ parameter }) => parameter);
    const { shards: [{ length }] } = new ParameterLayout(
      parameters,
      device.description.maxBindingBytes,
    );
    const layout = new ParameterLayout(parameters, 4 * Math.ceil(length / shards) + 65536);
    assert.equal(layout.shards.length, shards);
    const codes = new WeightCodes(layout, weights);
    const roots = codes.quantize();
    using plan = await CompiledPlan.make(device, makePlan(roots));
    const data = parameters.map((parameter, index) =>
      // Not centred, so that the mean matters; a third of the matrices has an outlier.
      Float32Array.from(
        normal(parameter.size, 90 + index),
        (w, i) => 0.05 * (w + 0.2) * (i === 1 && index % 3 === 0 ? 20 : 1),
      )
    );
    parameters.forEach((parameter, index) => plan.write(parameter, data[index]));
    plan.run();

    for (const [index, { parameter, quantization }] of weights.entries()) {
      const { weightQuantizer, weightBits, weightGranularity, weightThreshold } = quantization;
      const format = weightQuantizer!.format(weightBits);
      const columns = parameter.shape[1];
      const image = codes.image(parameter);
      const actual = unpackCodes(await plan.read(image.codes), columns);
      const expectedSteps: number[] = [];
      let start = 0;
      for (const { name, shape } of parameter.parts) {
        const size = weightGranularity === "row" ? columns : elementCount(shape);
        const label = `${weightQuantizer!.name}${weightBits} of ${name} per ${weightGranularity}`;
        const options = { columns, threshold: weightThreshold ?? 0, label };
        for (const end = start + elementCount(shape); start < end; start += size) {
          const group = data[index].subarray(start, start + size);
          assertCodes(actual.subarray(start, start + size), format, group, options);
          const { step } = quantizeGroup(format, group, options);
          for (let row = 0; row < size / columns; row++) expectedSteps.push(step);
        }
      }
      const label = `steps of ${parameter.name} with ${weightQuantizer!.name}${weightBits}`;
      assertClose(await plan.read(image.steps), expectedSteps, { rtol: 2e-6, label });
    }

    // The reference of the op, where no weight is near a boundary.
    for (let index = 0; index < roots.length; index += 2) {
      const node = roots[index].node as Node<QuantizeWeightsAttributes>;
      const [flat, ...tables] = node.inputs;
      const inputs = [
        Float64Array.from(await plan.read(flat)),
        ...tables.map((table) =>
          Float64Array.from(table.location!.buffer.initial as unknown as ArrayLike<number>)
        ),
      ];
      const [words, steps] = quantizeWeightsOp.reference(inputs, node);
      assertClose(await plan.read(roots[index + 1]), steps, { rtol: 2e-6, label: "all steps" });
      const actual = await plan.read(roots[index]);
      const different = words.filter((word, i) => word !== actual[i]).length;
      assert.ok(different <= words.length / 1000, `${different} of ${words.length} words differ`);
    }
  });
}
