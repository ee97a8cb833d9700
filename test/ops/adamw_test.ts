/** The update over one and several parameter buffers, against float64. */
import assert from "node:assert/strict";
import type { Device } from "../../src/device/device.ts";
import {
  adamw,
  type AdamwAttributes,
  adamwOp,
  adamwScalars,
  type AdamwShard,
  type AdamwValues,
} from "../../src/ops/adamw.ts";
import { encodeStep } from "../../src/ops/step_values.ts";
import { CompiledPlan } from "../../src/tensor/compiled_plan.ts";
import type { Reference } from "../../src/tensor/op.ts";
import { Parameter, ParameterLayout } from "../../src/tensor/parameter.ts";
import { makePlan } from "../../src/tensor/plan.ts";
import { input, type Node, type Value } from "../../src/tensor/value.ts";
import { assertClose } from "../assert_close.ts";
import { deviceTest } from "../devices.ts";
import { normal } from "./sweep.ts";

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
  return shards.map(({ length, decayLength }) => {
    const [parameters, gradients, first, second] = kinds.map((kind) => input(kind, [length]));
    return { parameters, gradients, first, second, decayLength };
  });
}

/** Runs steps on the device and the same in float64, comparing after each. */
async function compare(
  device: Device,
  shards: readonly AdamwShard[],
  overrides: Partial<AdamwValues> = {},
): Promise<void> {
  const norm = input("norm", [1]);
  const roots = adamw(shards, norm);
  using plan = await CompiledPlan.make(device, makePlan(roots));

  const exact = shards.map((shard, index) => {
    const state = Object.fromEntries(kinds.map((kind, i) => {
      const values = normal(shard[kind].shape[0], 40 + 7 * index + i).map((v) =>
        kind === "second" ? v * v : v
      );
      plan.write(shard[kind], Float32Array.from(values));
      return [kind, Float64Array.from(Float32Array.from(values))];
    })) as Record<typeof kinds[number], Reference>;
    return { shard, state };
  });
  let squares = 0;
  for (const { state } of exact) for (const g of state.gradients) squares += g * g;
  plan.write(norm, Float32Array.of(Math.sqrt(squares)));

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
      const { location } = shard.parameters;
      const update = roots.find((root) => root.location === location)!;
      [state.parameters, state.first, state.second] = adamwOp.reference(
        [
          state.gradients,
          Float64Array.of(Math.sqrt(squares)),
          state.parameters,
          state.first,
          state.second,
        ],
        update.node as Node<AdamwAttributes>,
        stepValues,
      );
      for (const kind of kinds) {
        assertClose(await plan.read(shard[kind]), state[kind], {
          rtol: 1e-5,
          label: `${kind} after step ${step}`,
        });
      }
    }
  }
}

deviceTest("adamw: one buffer, clipped", (device) => compare(device, makeShards(1 << 20)));

deviceTest(
  "adamw: not clipped, no decay",
  (device) => compare(device, makeShards(1 << 20), { clip: 0, weightDecay: 0 }),
);

deviceTest("adamw: several buffers, clipped by one norm", async (device) => {
  const shards = makeShards(2560);
  assert.ok(shards.length > 1);
  await compare(device, shards);
});

deviceTest("adamw: where the norm is not finite, nothing changes", async (device) => {
  const [shard] = makeShards(1 << 20);
  const norm = input("norm", [1]);
  using plan = await CompiledPlan.make(device, makePlan(adamw([shard], norm)));
  const written: Value[] = [shard.parameters, shard.first, shard.second];
  const before = written.map(({ shape: [length] }, i) => normal(length, 3 + i));
  const values = { learningRate: 1, weightDecay: 1, beta1: 0.9, beta2: 0.99, epsilon: 1e-8 };
  const step = { step: 1, seed: 0, optimizer: adamwScalars({ ...values, clip: 1 }, 1) };
  plan.write(shard.gradients, normal(shard.gradients.shape[0], 9));
  for (const bad of [NaN, Infinity]) {
    written.forEach((value, i) => plan.write(value, before[i]));
    plan.write(norm, Float32Array.of(bad));
    plan.run(encodeStep(step));
    for (const [i, value] of written.entries()) {
      assert.deepEqual(await plan.read(value), before[i], `value ${i}, norm ${bad}`);
    }
  }
  plan.write(norm, Float32Array.of(1));
  plan.run(encodeStep(step));
  assert.notDeepEqual(await plan.read(shard.parameters), before[0]);
});
