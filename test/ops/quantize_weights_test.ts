/** All weights of a model quantized at once: parts, rows, padding and a second buffer. */
import assert from "node:assert/strict";
import { makeQuantization } from "../../src/nn/quantization.ts";
import { WeightCodes } from "../../src/nn/weight_codes.ts";
import {
  type QuantizeWeightsAttributes,
  quantizeWeightsOp,
} from "../../src/ops/quantize_weights.ts";
import { weightQuantizer } from "../../src/quant/schemes.ts";
import { CompiledPlan } from "../../src/tensor/compiled_plan.ts";
import { unpackCodes } from "../../src/tensor/evaluate.ts";
import { Parameter, ParameterLayout } from "../../src/tensor/parameter.ts";
import { makePlan } from "../../src/tensor/plan.ts";
import { elementCount, type Node } from "../../src/tensor/value.ts";
import { assertClose } from "../assert_close.ts";
import { deviceTest } from "../devices.ts";
import { normal } from "./sweep.ts";

/** Three projections of 3, 2 and 2 rows over 7 inputs, then one of 5 rows over 12. */
function makeWeights() {
  const weight = (parts: [string, number[]][]) =>
    new Parameter({
      parts: parts.map(([name, shape]) => ({ name, shape })),
      initializer: { kind: "constant", value: 0 },
      decay: true,
    });
  return [
    weight([["q", [3, 7]], ["k", [2, 7]], ["v", [2, 7]]]),
    weight([["o", [5, 12]]]),
  ];
}

for (const [bits, maxBindingBytes] of [[1, 1 << 20], [1.58, 1 << 20], [1.58, 256]]) {
  for (const granularity of ["tensor", "row"]) {
    const name = `quantize_weights: ${bits} bits per ${granularity}, buffers of ${maxBindingBytes}`;
    deviceTest(name, async (device) => {
      const parameters = makeWeights();
      const layout = new ParameterLayout(parameters, maxBindingBytes);
      assert.equal(layout.shards.length, maxBindingBytes === 256 ? 2 : 1);
      const quantization = makeQuantization({
        weightBits: bits,
        weightGranularity: granularity,
      });
      const codes = new WeightCodes(
        layout,
        parameters.map((parameter) => ({ parameter, quantization })),
      );
      const roots = codes.quantize();
      using plan = await CompiledPlan.make(device, makePlan(roots));
      const quantizer = weightQuantizer(bits);

      const expected = parameters.map((parameter, index) => {
        const values = Float32Array.from(normal(parameter.size, 90 + index));
        plan.write(parameter, values);
        const columns = parameter.shape[1];
        const expectedCodes: number[] = [];
        const steps: number[] = [];
        let start = 0;
        for (const { shape } of parameter.parts) {
          const size = granularity === "row" ? columns : elementCount(shape);
          for (const end = start + elementCount(shape); start < end; start += size) {
            const group = quantizer.quantize(values.subarray(start, start + size), bits);
            expectedCodes.push(...group.codes);
            for (let row = 0; row < size / columns; row++) steps.push(group.step);
          }
        }
        return { codes: Int8Array.from(expectedCodes), steps, columns };
      });
      plan.run();
      for (const [index, parameter] of parameters.entries()) {
        const image = codes.image(parameter);
        const { columns, ...rest } = expected[index];
        assert.deepEqual(unpackCodes(await plan.read(image.codes), columns), rest.codes);
        assertClose(await plan.read(image.steps), rest.steps, { rtol: 1e-6, label: "steps" });
      }
      for (let index = 0; index < roots.length; index += 2) {
        const node = roots[index].node as Node<QuantizeWeightsAttributes>;
        const [flat, table] = node.inputs;
        const rows = Float64Array.from(table.location!.buffer.initial as Uint32Array);
        const inputs = [Float64Array.from(await plan.read(flat)), rows];
        const [words, steps] = quantizeWeightsOp.reference(inputs, node);
        assert.deepEqual(Float64Array.from(await plan.read(roots[index])), words);
        assertClose(await plan.read(roots[index + 1]), steps, { rtol: 1e-6, label: "all steps" });
      }
    });
  }
}
