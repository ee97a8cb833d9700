/** The norm of the gradients of one and several buffers, and the record of a step. */
import assert from "node:assert/strict";
import type { BufferSpec } from "../../src/device/device.ts";
import { LOSS_STRIDE, recordStep } from "../../src/ops/step_record.ts";
import { encodeStep } from "../../src/ops/step_values.ts";
import { CompiledPlan } from "../../src/tensor/compiled_plan.ts";
import { makePlan } from "../../src/tensor/plan.ts";
import { input, Value } from "../../src/tensor/value.ts";
import { assertClose } from "../assert_close.ts";
import { deviceTest } from "../devices.ts";
import { normal, referenceOf } from "./sweep.ts";

const HISTORY = 4;
const STEPS = 6;

for (const lengths of [[1024], [64], [300_032, 64, 4096]]) {
  deviceTest(`step_record: gradients of ${lengths.join(", ")}`, async (device) => {
    const losses: BufferSpec = { label: "losses", byteLength: 2 * LOSS_STRIDE * 4 };
    const history: BufferSpec = { label: "history", byteLength: HISTORY * 8 };
    const at = (buffer: BufferSpec, shape: number[]) =>
      new Value({ shape, dtype: "f32" }, { location: { buffer, byteOffset: 0 } });
    const gradients = lengths.map((length) => input("gradients", [length]));
    const norm = recordStep(gradients, { losses, history, microBatches: 2 });
    using plan = await CompiledPlan.make(device, makePlan([norm]));
    const expected = new Float64Array(2 * HISTORY);
    for (let step = 1; step <= STEPS; step++) {
      const values = gradients.map(({ shape: [length] }, i) => normal(length, 10 * step + i));
      gradients.forEach((value, i) => plan.write(value, values[i]));
      const lossValues = new Float32Array(2 * LOSS_STRIDE);
      lossValues.set([step], 0);
      lossValues.set([2 * step], LOSS_STRIDE);
      plan.write(at(losses, [2 * LOSS_STRIDE]), lossValues);
      plan.run(encodeStep({ step, seed: 0 }));
      let squares = 0;
      for (const g of values.flatMap((part) => [...part])) squares += g * g;
      expected.set([1.5 * step, Math.sqrt(squares)], 2 * ((step - 1) % HISTORY));
      assertClose(await plan.read(norm), [Math.sqrt(squares)], { rtol: 1e-6, label: "norm" });
      const ring = await plan.read(at(history, [HISTORY, 2]));
      assertClose(ring, expected, { rtol: 1e-6, label: `history after step ${step}` });
    }
  });
}

deviceTest("step_record: a gradient that is not finite is recorded as such", async (device) => {
  const losses: BufferSpec = { label: "losses", byteLength: LOSS_STRIDE * 4 };
  const history: BufferSpec = { label: "history", byteLength: HISTORY * 8 };
  const gradients = input("gradients", [1024]);
  const norm = recordStep([gradients], { losses, history, microBatches: 1 });
  using plan = await CompiledPlan.make(device, makePlan([norm]));
  for (const bad of [NaN, Infinity]) {
    const values = normal(1024, 4);
    values[77] = bad;
    plan.write(gradients, values);
    plan.run(encodeStep({ step: 1, seed: 0 }));
    const [found] = await plan.read(norm);
    assert.ok(!Number.isFinite(found), `the norm shows it: ${found}`);
  }
});

Deno.test("step_record: the reference of norm and record is their definition", () => {
  const losses: BufferSpec = { label: "losses", byteLength: LOSS_STRIDE * 4 };
  const history: BufferSpec = { label: "history", byteLength: HISTORY * 8 };
  const gradients = input("gradients", [8]);
  const norm = recordStep([gradients], { losses, history, microBatches: 1 });
  const [, lossLeaf, ring] = norm.node!.inputs;
  const [squares] = norm.node!.inputs;
  const feeds = new Map<Value, ArrayLike<number>>([
    [gradients, [3, 4, 0, 0, 0, 0, 0, 0]],
    [squares, [25, ...new Array(255).fill(0)]],
    [lossLeaf, [7, ...new Array(LOSS_STRIDE - 1).fill(0)]],
    [ring, new Array(2 * HISTORY).fill(0)],
  ]);
  // The step of all references here is the third.
  const [value, record] = referenceOf([norm, norm.node!.outputs[1]], feeds);
  assert.deepEqual([...value], [5]);
  assert.deepEqual([...record], [0, 0, 0, 0, 7, 5, 0, 0]);
});
