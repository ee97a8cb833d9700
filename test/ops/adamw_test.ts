/** The optimizer step over one and several parameter buffers, against float64. */
import assert from "node:assert/strict";
import type { BufferSpec, Device } from "../../src/device/device.ts";
import {
  adamw,
  type AdamwAttributes,
  adamwOp,
  adamwScalars,
  type AdamwShard,
  type AdamwValues,
  LOSS_STRIDE,
} from "../../src/ops/adamw.ts";
import { encodeStep } from "../../src/ops/step_values.ts";
import type { Reference } from "../../src/tensor/op.ts";
import { CompiledPlan } from "../../src/tensor/compiled_plan.ts";
import { Parameter, ParameterLayout } from "../../src/tensor/parameter.ts";
import { makePlan } from "../../src/tensor/plan.ts";
import { type Node, Value } from "../../src/tensor/value.ts";
import { assertClose } from "../assert_close.ts";
import { deviceTest } from "../devices.ts";
import { normal } from "./sweep.ts";

const HISTORY = 4;
const kinds = ["parameters", "gradients", "first", "second"] as const;

function makeShards(maxBindingBytes: number): AdamwShard[] {
  const parameter = (name: string, shape: number[], decay: boolean) =>
    new Parameter({ parts: [{ name, shape }], initializer: { kind: "constant", value: 0 }, decay });
  const { shards } = new ParameterLayout([
    parameter("a", [33, 17], true),
    parameter("gain", [5], false),
    parameter("b", [300], true),
    parameter("bias", [64], false),
  ], maxBindingBytes);
  return shards.map((shard) => {
    const { byteLength } = shard.parameters;
    return { ...shard, first: { label: "m", byteLength }, second: { label: "v", byteLength } };
  });
}

const whole = (shard: AdamwShard, kind: typeof kinds[number]) =>
  new Value({ shape: [shard.length], dtype: "f32" }, {
    location: { buffer: shard[kind], byteOffset: 0 },
  });

/** Runs steps on the device and the same in float64, comparing after each. */
async function compare(
  device: Device,
  shards: readonly AdamwShard[],
  overrides: Partial<AdamwValues> = {},
): Promise<void> {
  const losses: BufferSpec = { label: "losses", byteLength: 2 * LOSS_STRIDE * 4 };
  const history: BufferSpec = { label: "history", byteLength: HISTORY * 8 };
  const roots = adamw(shards, { losses, history, microBatches: 2 });
  using plan = await CompiledPlan.make(device, makePlan(roots));

  const exact = shards.map((shard, index) => {
    const state = Object.fromEntries(kinds.map((kind, i) => {
      const values = normal(shard.length, 40 + 7 * index + i).map((v) =>
        kind === "second" ? v * v : v
      );
      plan.write(whole(shard, kind), Float32Array.from(values));
      return [kind, Float64Array.from(Float32Array.from(values))];
    })) as Record<typeof kinds[number], Reference>;
    return { shard, state };
  });
  const lossValues = new Float32Array(2 * LOSS_STRIDE);
  lossValues[0] = 2.5;
  lossValues[LOSS_STRIDE] = 3.5;
  const at = (buffer: BufferSpec, shape: number[]) =>
    new Value({ shape, dtype: "f32" }, { location: { buffer, byteOffset: 0 } });
  plan.write(at(losses, [2 * LOSS_STRIDE]), lossValues);

  let squares = 0;
  for (const { state } of exact) for (const g of state.gradients) squares += g * g;
  const norm = Math.sqrt(squares);
  for (const step of [1, 2, 3, 4, 5]) {
    const values: AdamwValues = {
      learningRate: 0.01,
      weightDecay: 0.1,
      beta1: 0.9,
      beta2: 0.99,
      epsilon: 1e-8,
      clip: 1,
      ...overrides,
    };
    const stepValues = { step, seed: 0, optimizer: adamwScalars(values, step) };
    plan.run(encodeStep(stepValues));
    for (const { shard, state } of exact) {
      const update = roots.find(({ location }) => location!.buffer === shard.parameters)!;
      [state.parameters, state.first, state.second] = adamwOp.reference(
        [
          state.gradients,
          Float64Array.of(norm * norm),
          Float64Array.from(lossValues),
          state.parameters,
          state.first,
          state.second,
          new Float64Array(2 * HISTORY),
        ],
        update.node as Node<AdamwAttributes>,
        stepValues,
      );
      for (const kind of kinds) {
        assertClose(await plan.read(whole(shard, kind)), state[kind], {
          rtol: 1e-5,
          label: `${shard[kind].label} after step ${step}`,
        });
      }
    }
    const ring = await plan.read(at(history, [HISTORY, 2]));
    const slot = 2 * ((step - 1) % HISTORY);
    assertClose(ring.slice(slot, slot + 2), [3, norm], { rtol: 1e-6, label: "history" });
  }
}

deviceTest("adamw: one buffer, clipped", (device) => compare(device, makeShards(1 << 20)));

deviceTest(
  "adamw: not clipped, no decay",
  (device) => compare(device, makeShards(1 << 20), { clip: 0, weightDecay: 0 }),
);

deviceTest("adamw: the norm runs over several buffers", async (device) => {
  const shards = makeShards(2560);
  assert.ok(shards.length > 1);
  await compare(device, shards);
});

deviceTest(
  "adamw: a gradient that is not finite changes nothing but the record",
  async (device) => {
    const [shard] = makeShards(1 << 20);
    const losses: BufferSpec = { label: "losses", byteLength: LOSS_STRIDE * 4 };
    const history: BufferSpec = { label: "history", byteLength: HISTORY * 8 };
    const roots = adamw([shard], { losses, history, microBatches: 1 });
    using plan = await CompiledPlan.make(device, makePlan(roots));
    const before = normal(shard.length, 3);
    for (const bad of [NaN, Infinity]) {
      const gradients = normal(shard.length, 4);
      gradients[77] = bad;
      plan.write(whole(shard, "parameters"), Float32Array.from(before));
      plan.write(whole(shard, "gradients"), Float32Array.from(gradients));
      const decay = { learningRate: 1, weightDecay: 1 };
      const values = { ...decay, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, clip: 1 };
      plan.run(encodeStep({ step: 1, seed: 0, optimizer: adamwScalars(values, 1) }));
      assert.deepEqual(await plan.read(whole(shard, "parameters")), Float32Array.from(before));
      const place = { location: { buffer: history, byteOffset: 0 } };
      const ring = await plan.read(new Value({ shape: [HISTORY, 2], dtype: "f32" }, place));
      assert.ok(!Number.isFinite(ring[1]), `the record shows it: ${ring[1]}`);
    }
  },
);
