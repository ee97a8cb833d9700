/** What changes from replay to replay reaches the kernels as bytes. */
import assert from "node:assert/strict";
import { dropout } from "../../src/ops/dropout.ts";
import { encodeStep, STEP_BYTES } from "../../src/ops/step_values.ts";
import { add } from "../../src/tensor/add.ts";
import { CompiledPlan } from "../../src/tensor/compiled_plan.ts";
import { makePlan } from "../../src/tensor/plan.ts";
import { constant } from "../../src/tensor/value.ts";
import { deviceTest } from "../devices.ts";

const ones = () => constant("x", [256], new Float32Array(256).fill(1));
const masked = () => dropout(ones(), { rate: 0.5, salt: 0 });

deviceTest("run: every plan keeps what it was given last, zeros at first", async (device) => {
  const values = [masked(), masked()];
  using first = await CompiledPlan.make(device, makePlan([values[0]]));
  using second = await CompiledPlan.make(device, makePlan([values[1]]));
  const results = async (step?: Uint8Array) => {
    first.run(step);
    second.run();
    return [await first.read(values[0]), await second.read(values[1])];
  };
  const [a, b] = await results();
  assert.deepEqual(a, b);
  const [c, d] = await results(encodeStep({ step: 1, seed: 0 }));
  assert.notDeepEqual(c, a);
  assert.deepEqual(d, b);
  assert.deepEqual(await results(), [c, d]);
  // Also from within a larger buffer.
  const bytes = new Uint8Array(3 * STEP_BYTES);
  bytes.set(encodeStep({ step: 2, seed: 0 }), STEP_BYTES);
  const [e] = await results(bytes.subarray(STEP_BYTES, 2 * STEP_BYTES));
  const [f] = await results(encodeStep({ step: 2, seed: 0 }));
  assert.notDeepEqual(e, c);
  assert.deepEqual(e, f);
});

deviceTest(
  "run: a step uniform of another size is refused, unless none is read",
  async (device) => {
    using reads = await CompiledPlan.make(device, makePlan([masked()]));
    const message = `Cannot run the plan with a step uniform of 8 bytes: it reads ${STEP_BYTES}`;
    assert.throws(() => reads.run(new Uint8Array(8)), { name: "RangeError", message });
    await assert.rejects(reads.executable.profile(new Uint8Array(8)), (error: Error) => {
      // An adapter that cannot profile says that first.
      return error.message === message || /timestamp-query/.test(error.message);
    });
    using none = await CompiledPlan.make(device, makePlan([add(ones(), ones())]));
    none.run(new Uint8Array(8));
    await device.synchronize();
  },
);
