/** All weights of a model quantized at once: every scheme and width, parts, rows, padding and a second buffer. */
import assert from "node:assert/strict";
import type { BufferSpec } from "../../src/device/device.ts";
import { WeightCodes } from "../../src/nn/weight_codes.ts";
import {
  type QuantizeWeightsAttributes,
  quantizeWeightsOp,
} from "../../src/ops/quantize_weights.ts";
import { quantizeGroup } from "../../src/quant/quantize_group.ts";
import { CompiledPlan, type HostArray } from "../../src/tensor/compiled_plan.ts";
import { unpackCodes } from "../../src/tensor/evaluate.ts";
import { makePlan } from "../../src/tensor/plan.ts";
import { byteLengthOf, elementCount, type Node, type Value } from "../../src/tensor/value.ts";
import { assertClose } from "../assert_close.ts";
import { deviceTest } from "../devices.ts";
import { assertCodes } from "../quant/assert_codes.ts";
import { groupsOf, layoutInShards, parametersOf, weightCases } from "./weight_cases.ts";

for (const shards of [1, 2]) {
  deviceTest(`quantize_weights: every scheme, buffers: ${shards}`, async (device) => {
    const cases = weightCases().filter((_, i) => shards === 1 || i % 9 === 0);
    const { maxBindingBytes } = device.description;
    const layout = layoutInShards(parametersOf(cases), shards, maxBindingBytes);
    const weightCodes = new WeightCodes(layout, cases);
    const roots = weightCodes.quantize();
    using plan = await CompiledPlan.make(device, makePlan(roots));
    for (const { parameter, learnedScales, data, learned } of cases) {
      plan.write(layout.value(parameter), data);
      if (learnedScales) plan.write(layout.value(learnedScales), learned!);
    }
    plan.run();
    const buffers = new Map<BufferSpec, HostArray>();
    for (const root of roots) buffers.set(root.location!.buffer, await plan.read(root));

    for (const { parameter, quantization, data, learned } of cases) {
      const { weightQuantizer, weightBits, weightGranularity, weightThreshold } = quantization;
      const format = weightQuantizer!.format(weightBits);
      const image = weightCodes.image(parameter);
      const part = (value: Value) => {
        const { buffer, byteOffset } = value.location!;
        return buffers.get(buffer)!.slice(byteOffset / 4, (byteOffset + byteLengthOf(value)) / 4);
      };
      const codes = unpackCodes(part(image.codes), parameter.shape[1]);
      const scales = new Float64Array(elementCount(image.scales.shape));
      let learnedScale = 0;
      for (const group of groupsOf(parameter, quantization)) {
        const options = {
          columns: group.columns,
          threshold: weightThreshold ?? 0,
          learned: learned?.[learnedScale++],
          label: `${weightQuantizer!.name}${weightBits} of ${group.name} per ${weightGranularity}`,
        };
        const end = group.start + group.rows * group.columns;
        const weights = data.subarray(group.start, end);
        assertCodes(codes.subarray(group.start, end), format, weights, options);
        const { scale } = quantizeGroup(format, weights, options);
        const first = group.group * parameter.shape[0] + group.row;
        scales.fill(scale, first, first + group.rows);
      }
      const label = `scales of ${parameter.name} with ${weightQuantizer!.name}${weightBits}`;
      assertClose(part(image.scales), scales, { rtol: 2e-6, label });
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
      const [words, scales] = quantizeWeightsOp.reference(inputs, node);
      const actual = [index, index + 1].map((i) => buffers.get(roots[i].location!.buffer)!);
      assertClose(actual[1], scales, { rtol: 2e-6, label: "all scales" });
      const different = words.filter((word, i) => word !== actual[0][i]).length;
      assert.ok(different <= words.length / 1000, `${different} of ${words.length} words differ`);
    }
  });
}
