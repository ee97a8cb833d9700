/** All weights of a model quantized at once: every scheme and width, parts, rows, padding and a second buffer. */
import assert from "node:assert/strict";
import { WeightCodes } from "../../src/nn/weight_codes.ts";
import {
  type QuantizeWeightsAttributes,
  quantizeWeightsOp,
} from "../../src/ops/quantize_weights.ts";
import { quantizeGroup } from "../../src/quant/quantize_group.ts";
import { CompiledPlan } from "../../src/tensor/compiled_plan.ts";
import { unpackCodes } from "../../src/tensor/evaluate.ts";
import { ParameterLayout } from "../../src/tensor/parameter.ts";
import { makePlan } from "../../src/tensor/plan.ts";
import { elementCount, type Node } from "../../src/tensor/value.ts";
import { assertClose } from "../assert_close.ts";
import { deviceTest } from "../devices.ts";
import { assertCodes } from "../quant/assert_codes.ts";
import { parametersOf, weightCases } from "./weight_cases.ts";

for (const shards of [1, 2]) {
  deviceTest(`quantize_weights: every scheme, buffers: ${shards}`, async (device) => {
    const cases = weightCases();
    const parameters = parametersOf(cases);
    const { shards: [{ length }] } = new ParameterLayout(
      parameters,
      device.description.maxBindingBytes,
    );
    const layout = new ParameterLayout(parameters, 4 * Math.ceil(length / shards) + 65536);
    assert.equal(layout.shards.length, shards);
    const codes = new WeightCodes(layout, cases);
    const roots = codes.quantize();
    using plan = await CompiledPlan.make(device, makePlan(roots));
    for (const { parameter, learnedSteps, data, learned } of cases) {
      plan.write(parameter, data);
      if (learnedSteps) plan.write(learnedSteps, learned!);
    }
    plan.run();

    for (const { parameter, quantization, data, learned } of cases) {
      const { weightQuantizer, weightBits, weightGranularity, weightThreshold } = quantization;
      const format = weightQuantizer!.format(weightBits);
      const columns = parameter.shape[1];
      const image = codes.image(parameter);
      const actual = unpackCodes(await plan.read(image.codes), columns);
      const expectedSteps: number[] = [];
      let start = 0;
      let learnedStep = 0;
      for (const { name, shape } of parameter.parts) {
        const size = weightGranularity === "row" ? columns : elementCount(shape);
        const label = `${weightQuantizer!.name}${weightBits} of ${name} per ${weightGranularity}`;
        for (const end = start + elementCount(shape); start < end; start += size) {
          const options = {
            columns,
            threshold: weightThreshold ?? 0,
            learned: learned?.[learnedStep++],
            label,
          };
          const group = data.subarray(start, start + size);
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
