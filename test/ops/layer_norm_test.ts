import assert from "node:assert/strict";
import {
  layerNorm,
  layerNormBackwardOp,
  layerNormOp,
  layerNormQuantize,
} from "../../src/ops/layer_norm.ts";
import { evaluate, type HostArray, unpackCodes } from "../../src/tensor/evaluate.ts";
import { apply } from "../../src/tensor/op.ts";
import { makePlan } from "../../src/tensor/plan.ts";
import { reverse } from "../../src/tensor/reverse.ts";
import { elementCount, input, type Value } from "../../src/tensor/value.ts";
import { assertClose } from "../assert_close.ts";
import { deviceTest } from "../devices.ts";
import { testGolden } from "./golden_ops.ts";
import { normal, type OpCase, testOp } from "./sweep.ts";

const eps = 1e-5;
const shapes = [[1, 1], [5], [3, 33], [45, 65], [2, 7, 128], [3, 1100], [2, 3072]];

const operands = (shape: readonly number[]) => {
  const D = shape.at(-1)!;
  return [{ shape }, { shape: [D] }, { shape: [D] }];
};

testOp(
  layerNormOp,
  shapes.map((shape): OpCase => ({
    name: `(${shape})`,
    inputs: operands(shape),
    apply: (inputs) => apply(layerNormOp, inputs, { eps, bits: 32 }),
    // The second output, mean and inverse deviation, only serves the backward pass.
    cotangents: [0],
    rtol: 2e-6,
  })),
  [
    {
      name: "a gain of another width",
      run: () => layerNorm(input("x", [2, 4]), input("w", [5]), input("b", [4]), { eps }),
      message: /Cannot apply layer_norm to \(2, 4\), \(5\), \(4\): .* \(…, D\), \(D\) and \(D\)/,
    },
    {
      name: "a bias of another width",
      run: () => layerNorm(input("x", [2, 4]), input("w", [4]), input("b", [1, 4]), { eps }),
      message: /the shapes must be \(…, D\), \(D\) and \(D\)/,
    },
    {
      name: "one bit",
      run: () =>
        layerNormQuantize(input("x", [2, 4]), input("w", [4]), input("b", [4]), { eps, bits: 1 }),
      message: /bits must be 32 or 2 to 8, got 1/,
    },
    {
      name: "integers",
      run: () => layerNorm(input("x", [2, 4], "i32"), input("w", [4]), input("b", [4]), { eps }),
      message: /Cannot apply layer_norm to/,
    },
  ],
);

testOp(
  layerNormOp,
  [...shapes.map((shape) => [8, shape] as const), [4, [3, 33]] as const, [2, [3, 33]] as const]
    .map(([bits, shape]): OpCase => ({
      name: `(${shape}) to ${bits} bits`,
      inputs: operands(shape),
      apply: (inputs) => apply(layerNormOp, inputs, { eps, bits }),
      differentiable: false,
      rtol: 2e-6,
    })),
);

testOp(
  layerNormBackwardOp,
  [[45, 65], [70, 192]].map((shape): OpCase => ({
    name: `(${shape}) against its own reference`,
    inputs: [{ shape }, ...operands(shape)],
    apply([dy, x, w, b]) {
      const [, moments] = apply(layerNormOp, [x, w, b], { eps, bits: 32 });
      return apply(layerNormBackwardOp, [dy, x, w, moments, x], {
        accumulateGain: false,
        accumulateBias: false,
      });
    },
    differentiable: false,
  })),
);

for (const name of ["layer_norm", "layer_norm_eps1e-12"]) {
  testGolden({
    name,
    apply: ({ x, w, b }, attributes) => layerNorm(x, w, b, { eps: Number(attributes.eps) }),
  });
}

deviceTest("codes pass the gradient of the norm straight through", async (device) => {
  const shape = [7, 33];
  const gradients = async (bits: number) => {
    const leaves = [input("x", shape), input("w", [33]), input("b", [33]), input("dy", shape)];
    const [x, w, b, dy] = leaves;
    const [y] = apply(layerNormOp, [x, w, b], { eps, bits });
    const { gradients } = reverse(y, dy, { wrt: [x, w, b] });
    const feeds = new Map<Value, HostArray>(
      leaves.map((value, i) => [value, normal(elementCount(value.shape), i)]),
    );
    return await evaluate(device, [x, w, b].map((value) => gradients.get(value)!), feeds);
  };
  assert.deepEqual(await gradients(8), await gradients(32));
});

deviceTest("rows with a large mean keep their digits", async (device) => {
  const D = 192;
  const [x, w, b] = [input("x", [4, D]), input("w", [D]), input("b", [D])];
  const y = layerNorm(x, w, b, { eps });
  const noise = normal(4 * D, 1);
  // Exact in float32, so that the differences to the mean are too.
  const data = noise.map((value, i) => Math.round(value * 64) / 64 + [0, 8, 128, 4096][i / D | 0]);
  const ones = new Float32Array(D).fill(1);
  const feeds = new Map([[x, data], [w, ones], [b, new Float32Array(D)]]);
  const [actual] = await evaluate(device, [y], feeds);
  const [expected] = layerNormOp.reference(
    [Float64Array.from(data), Float64Array.from(ones), new Float64Array(D)],
    { ...y.node!, op: layerNormOp, attributes: { eps, bits: 32 } },
  );
  [1e-6, 2e-6, 2e-5, 1e-3].forEach((rtol, row) => {
    const part = (all: ArrayLike<number>) =>
      Float64Array.from(all).subarray(row * D, (row + 1) * D);
    assertClose(part(actual), part(expected), { rtol, label: `row ${row}` });
  });
});

deviceTest("constant, tiny and huge rows", async (device) => {
  const rows = [0, 1e-9, 1e-4, 1e4, 1e15].map((size) => normal(33, 5).map((v) => v * size));
  rows[0].fill(3);
  const [x, w, b] = [input("x", [5, 33]), input("w", [33]), input("b", [33])];
  const { codes, scales } = layerNormQuantize(x, w, b, { eps, bits: 8 });
  const data = Float32Array.from(rows.flatMap((row) => [...row]));
  const feeds = new Map([
    [x, data],
    [w, new Float32Array(33).fill(1)],
    [b, new Float32Array(33)],
  ]);
  const [words, actualScales] = await evaluate(device, [codes, scales], feeds);
  const unpacked = unpackCodes(words, 33);
  for (let row = 2; row < 5; row++) {
    const token = unpacked.subarray(row * 33, (row + 1) * 33);
    assert.equal(Math.max(...token.map(Math.abs)), 127, `row ${row}`);
  }
  assert.ok(unpacked.subarray(0, 33).every((code) => code === 0));
  assertClose([actualScales[0]], [1e-5 / 127], { rtol: 1e-6 });
  assert.ok(actualScales.every(Number.isFinite));
});

deviceTest("a NaN gets through the quantizer", async (device) => {
  const [x, w, b] = [input("x", [2, 9]), input("w", [9]), input("b", [9])];
  const { scales } = layerNormQuantize(x, w, b, { eps, bits: 8 });
  const data = normal(18, 3);
  data[3] = NaN;
  const feeds = new Map([[x, data], [w, new Float32Array(9).fill(1)], [b, new Float32Array(9)]]);
  const [actual] = await evaluate(device, [scales], feeds);
  assert.ok(Number.isNaN(actual[0]));
  assert.ok(Number.isFinite(actual[1]));
});

Deno.test("forward and backward are one dispatch each, the residual stream included", () => {
  const [x, w, b] = [input("x", [4, 8]), input("w", [8]), input("b", [8])];
  const [dy, other] = [input("dy", [4, 8]), input("other", [4, 8])];
  const { codes } = layerNormQuantize(x, w, b, { eps, bits: 8 });
  assert.equal(makePlan([codes]).dispatches.length, 1);
  const gradients = layerNormOp.vjp!({
    inputs: [x, w, b],
    outputs: codes.node!.outputs,
    attributes: { eps, bits: 8 },
    cotangents: [dy, undefined, undefined],
    gradientBits: 32,
    wants: () => true,
    takePending: () => other,
    storesInto: () => ({ accumulate: false }),
  });
  const results = gradients.filter((value) => value !== undefined);
  assert.equal(makePlan(results).dispatches.length, 2);
});
