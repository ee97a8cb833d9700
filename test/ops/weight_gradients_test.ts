/** Gradients of latent weights and learned scales: every scheme and width, parts, rows and a second buffer. */
import assert from "node:assert/strict";
import { WeightCodes } from "../../src/nn/weight_codes.ts";
import {
  type WeightGradientsAttributes,
  weightGradientsOp,
} from "../../src/ops/weight_gradients.ts";
import { CompiledPlan } from "../../src/tensor/compiled_plan.ts";
import { makePlan } from "../../src/tensor/plan.ts";
import { type Node, Value } from "../../src/tensor/value.ts";
import { assertClose } from "../assert_close.ts";
import { deviceTest } from "../devices.ts";
import { normal } from "./sweep.ts";
import { layoutInShards, parametersOf, weightCases } from "./weight_cases.ts";

for (const shards of [1, 2]) {
  deviceTest(`weight_gradients: every scheme, buffers: ${shards}`, async (device) => {
    const cases = weightCases().filter((_, i) => shards === 1 || i % 9 === 0);
    const { maxBindingBytes } = device.description;
    const layout = layoutInShards(parametersOf(cases), shards, maxBindingBytes);
    const codes = new WeightCodes(layout, cases);
    const quantized = codes.quantize();
    const roots = codes.finishGradients();
    assert.equal(roots.length, shards);
    using plan = await CompiledPlan.make(device, makePlan([...quantized, ...roots]));
    for (const { parameter, learnedScales, data, learned } of cases) {
      plan.write(layout.value(parameter), data);
      if (learnedScales) plan.write(layout.value(learnedScales), learned!);
    }
    const before = layout.shards.map((shard, i) => normal(shard.length, 40 + i));
    const run = async () => {
      layout.shards.forEach(({ gradients, length }, i) => {
        const place = new Value({ shape: [length], dtype: "f32" }, {
          location: { buffer: gradients, byteOffset: 0 },
        });
        plan.write(place, before[i]);
      });
      plan.run();
      const results: Float32Array[] = [];
      for (const root of roots) results.push(await plan.read(root) as Float32Array);
      return results;
    };
    const results = await run();
    assert.deepEqual(await run(), results, "two runs differ");

    for (const [i, root] of roots.entries()) {
      const node = root.node as Node<WeightGradientsAttributes>;
      const inputs: Float64Array[] = [];
      for (const value of node.inputs.slice(0, 5)) {
        const { initial } = value.location!.buffer;
        const data = initial ?? await plan.read(value);
        inputs.push(Float64Array.from(data as unknown as ArrayLike<number>));
      }
      const [all] = weightGradientsOp.reference([...inputs, Float64Array.from(before[i])], node);
      const expected = (from: number, to: number) => all.subarray(from, to);
      for (const { parameter, learnedScales, quantization } of cases) {
        const { name } = quantization.weightQuantizer!;
        const { shard, offset } = layout.placement(parameter);
        if (shard !== layout.shards[i]) continue;
        const label = `${name}${quantization.weightBits} of ${parameter.name}`;
        const end = offset + parameter.size;
        assert.deepEqual(
          results[i].subarray(offset, end),
          Float32Array.from(expected(offset, end)),
          label,
        );
        if (!learnedScales) continue;
        const place = layout.placement(learnedScales).offset;
        const stop = place + learnedScales.size;
        const scales = results[i].subarray(place, stop);
        const tolerance = { rtol: 1e-5, atol: 1e-6, label: `scales, ${label}` };
        assertClose(scales, expected(place, stop), tolerance);
      }
    }
  });
}
