import assert from "node:assert/strict";
import { activation, type ActivationKind } from "../../src/ops/activation.ts";
import { activationQuantize, activationQuantizeOp } from "../../src/ops/activation_quantize.ts";
import { evaluate, type HostArray } from "../../src/tensor/evaluate.ts";
import { apply } from "../../src/tensor/op.ts";
import { makePlan } from "../../src/tensor/plan.ts";
import { reverse } from "../../src/tensor/reverse.ts";
import { input, type Value } from "../../src/tensor/value.ts";
import { deviceTest } from "../devices.ts";
import { normal, type OpCase, testOp } from "./sweep.ts";

const kinds: readonly ActivationKind[] = ["silu", "relu2", "gelu", "gelu_tanh", "quick_gelu"];

testOp(
  activationQuantizeOp,
  [
    ...kinds.flatMap((kind) =>
      [[1, 1], [5], [3, 33], [45, 65], [2, 7, 128], [3, 1100]].map((shape) => ({
        kind,
        shape,
        bits: 8,
      }))
    ),
    { kind: "gelu" as const, shape: [2, 3072], bits: 8 },
    { kind: "gelu" as const, shape: [3, 33], bits: 4 },
    { kind: "gelu" as const, shape: [3, 33], bits: 2 },
  ].map(({ kind, shape, bits }): OpCase => ({
    name: `${kind} (${shape}) to ${bits} bits`,
    inputs: [{ shape }],
    apply: (inputs) => apply(activationQuantizeOp, inputs, { kind, bits }),
    differentiable: false,
    rtol: 2e-6,
  })),
  [
    {
      name: "one bit",
      run: () => activationQuantize(input("x", [2, 4]), { kind: "gelu", bits: 1 }),
      message: /Cannot apply activation_quantize to \(2, 4\): bits must be 2 to 8, got 1/,
    },
    {
      name: "integers",
      run: () => activationQuantize(input("x", [2, 4], "i32"), { kind: "gelu", bits: 8 }),
      message: /it must be f32 and have rows/,
    },
  ],
);

deviceTest("codes pass the gradient of the activation straight through", async (device) => {
  const [x, dy] = [input("x", [7, 33]), input("dy", [7, 33])];
  const feeds = new Map<Value, HostArray>([[x, normal(7 * 33, 1)], [dy, normal(7 * 33, 2)]]);
  const gradient = (y: Value) => reverse(y, dy, { wrt: [x] }).gradients.get(x)!;
  const { codes } = activationQuantize(x, { kind: "gelu", bits: 8 });
  const results = [gradient(codes), gradient(activation(x, "gelu"))];
  const [actual, expected] = await evaluate(device, results, feeds);
  assert.deepEqual(actual, expected);
});

deviceTest("a NaN gets through the quantizer", async (device) => {
  const x = input("x", [3, 9]);
  const { scales } = activationQuantize(x, { kind: "gelu", bits: 8 });
  const data = normal(27, 3);
  data[3] = NaN;
  data.fill(0, 18);
  const [actual] = await evaluate(device, [scales], new Map([[x, data]]));
  assert.ok(Number.isNaN(actual[0]));
  assert.ok(Number.isFinite(actual[1]));
  assert.equal(actual[2], Math.fround(Math.fround(1e-5) / 127));
});

Deno.test("an activation and its quantizer are one dispatch", () => {
  const { codes } = activationQuantize(input("x", [4, 8]), { kind: "gelu", bits: 8 });
  assert.equal(makePlan([codes]).dispatches.length, 1);
});
