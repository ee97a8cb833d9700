import assert from "node:assert/strict";
import type { GluKind } from "../../src/ops/glu.ts";
import { rmsNorm, rmsNormBackwardOp, rmsNormOp, rmsNormQuantize } from "../../src/ops/rms_norm.ts";
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
const glus: readonly (GluKind | undefined)[] = [undefined, "silu", "relu2"];
const shapes = [[1, 1], [5], [3, 33], [45, 65], [2, 7, 128], [3, 1100], [2, 6912]];

/** Shape of x for rows of the given shape after the gate. */
const wide = (shape: readonly number[], glu: GluKind | undefined) => [
  ...shape.slice(0, -1),
  shape.at(-1)! * (glu ? 2 : 1),
];

testOp(
  rmsNormOp,
  glus.flatMap((glu) =>
    shapes.map((shape): OpCase => ({
      name: `(${shape}) ${glu ?? ""}`,
      inputs: [{ shape: wide(shape, glu) }, { shape: [shape.at(-1)!] }],
      // One column by itself has a gradient only as far as eps counts: otherwise it cancels out.
      apply: ([x, w]) =>
        apply(rmsNormOp, [x, w], { eps: shape.at(-1) === 1 ? 0.5 : eps, bits: 32, glu }),
      // The second output, the inverse root mean square, only serves the backward pass.
      cotangents: [0],
      rtol: 2e-6,
    }))
  ),
  [
    {
      name: "a gain of another width",
      run: () => rmsNorm(input("x", [2, 4]), input("w", [5]), { eps }),
      message: /Cannot apply rms_norm to \(2, 4\), \(5\): the shapes must be \(…, D\) and \(D\)/,
    },
    {
      name: "a gate without its other half",
      run: () => rmsNorm(input("x", [2, 4]), input("w", [4]), { eps, glu: "silu" }),
      message: /must be \(…, 2D\) and \(D\)/,
    },
    {
      name: "one bit",
      run: () => rmsNormQuantize(input("x", [2, 4]), input("w", [4]), { eps, bits: 1 }),
      message: /bits must be 32 or 2 to 8, got 1/,
    },
    {
      name: "integers",
      run: () => rmsNorm(input("x", [2, 4], "i32"), input("w", [4]), { eps }),
      message: /Cannot apply rms_norm to/,
    },
  ],
);

testOp(
  rmsNormOp,
  glus.flatMap((glu) =>
    [...shapes.map((shape) => [8, shape] as const), [4, [3, 33]] as const, [2, [3, 33]] as const]
      .map(([bits, shape]): OpCase => ({
        name: `(${shape}) ${glu ?? ""} to ${bits} bits`,
        inputs: [{ shape: wide(shape, glu) }, { shape: [shape.at(-1)!] }],
        apply: ([x, w]) => apply(rmsNormOp, [x, w], { eps, bits, glu }),
        differentiable: false,
        rtol: 2e-6,
      }))
  ),
);

testOp(
  rmsNormOp,
  glus.flatMap((glu) =>
    shapes.map((shape): OpCase => ({
      name: `(${shape}) ${glu ?? ""} with the peaks of its rows`,
      inputs: [{ shape: wide(shape, glu) }, { shape: [shape.at(-1)!] }],
      apply: ([x, w]) => apply(rmsNormOp, [x, w], { eps, bits: 32, glu, peaks: true }),
      differentiable: false,
    }))
  ),
);

testOp(
  rmsNormBackwardOp,
  glus.flatMap((glu) =>
    [65, 64].map((D): OpCase => ({
      name: `(45,${D}) against its own reference ${glu ?? ""}`,
      inputs: [{ shape: [45, D] }, { shape: wide([45, D], glu) }, { shape: [D] }],
      apply([dy, x, w]) {
        const [, r] = apply(rmsNormOp, [x, w], { eps, bits: 32, glu });
        return apply(rmsNormBackwardOp, [dy, x, w, r, x], { glu, accumulate: false });
      },
      differentiable: false,
    }))
  ),
);

testGolden({
  name: "rms_norm",
  apply: ({ x, w }, attributes) => rmsNorm(x, w, { eps: Number(attributes.eps) }),
});

for (const glu of glus) {
  deviceTest(
    `codes pass the gradient of the norm straight through ${glu ?? ""}`,
    async (device) => {
      const shape = wide([7, 33], glu);
      const gradients = async (bits: number) => {
        const [x, w, dy] = [input("x", shape), input("w", [33]), input("dy", [7, 33])];
        const [y] = apply(rmsNormOp, [x, w], { eps, bits, glu });
        const { gradients } = reverse(y, dy, { wrt: [x, w] });
        const feeds = new Map<Value, HostArray>(
          [x, w, dy].map((value, i) => [value, normal(elementCount(value.shape), i)]),
        );
        return await evaluate(device, [gradients.get(x)!, gradients.get(w)!], feeds);
      };
      assert.deepEqual(await gradients(8), await gradients(32));
    },
  );
}

deviceTest("activations carry relative errors of a few 1e-7", async (device) => {
  const [x, w] = [input("x", [64, 257]), input("w", [257])];
  const y = rmsNorm(x, w, { eps });
  const data = normal(64 * 257, 1);
  const gain = normal(257, 2);
  const [actual] = await evaluate(device, [y], new Map([[x, data], [w, gain]]));
  const node = y.node!;
  const [expected] = rmsNormOp.reference([Float64Array.from(data), Float64Array.from(gain)], {
    ...node,
    op: rmsNormOp,
    attributes: { eps, bits: 32 },
  });
  const worst = expected.reduce(
    (error, value, i) => Math.max(error, Math.abs(actual[i] - value) / Math.abs(value)),
    0,
  );
  assert.ok(worst < 4e-7, `largest relative error ${worst}`);
});

deviceTest("rows of zeros, tiny and huge rows", async (device) => {
  const rows = [0, 1e-7, 1e-4, 1e4, 1e15].map((size) => normal(33, 5).map((v) => v * size));
  const [x, w] = [input("x", [5, 33]), input("w", [33])];
  const { codes, scales } = rmsNormQuantize(x, w, { eps, bits: 8 });
  const data = Float32Array.from(rows.flatMap((row) => [...row]));
  const feeds = new Map([[x, data], [w, new Float32Array(33).fill(1)]]);
  const [words, actualScales] = await evaluate(device, [codes, scales], feeds);
  const unpacked = unpackCodes(words, 33);
  assert.ok(unpacked.subarray(0, 33).every((code) => code === 0));
  for (let row = 1; row < 5; row++) {
    const token = unpacked.subarray(row * 33, (row + 1) * 33);
    assert.equal(Math.max(...token.map(Math.abs)), 127, `row ${row}`);
  }
  assertClose([actualScales[0]], [1e-5 / 127], { rtol: 1e-6 });
  assert.ok(actualScales.every(Number.isFinite));
});

deviceTest("a NaN gets through the quantizer", async (device) => {
  const [x, w] = [input("x", [2, 8]), input("w", [8])];
  const { scales } = rmsNormQuantize(x, w, { eps, bits: 8 });
  const data = normal(16, 3);
  data[3] = NaN;
  const feeds = new Map([[x, data], [w, new Float32Array(8).fill(1)]]);
  const [actual] = await evaluate(device, [scales], feeds);
  assert.ok(Number.isNaN(actual[0]));
  assert.ok(Number.isFinite(actual[1]));
});

Deno.test("forward and backward are one dispatch each, the residual stream included", () => {
  const [x, w, dy, other] = [
    input("x", [4, 8]),
    input("w", [8]),
    input("dy", [4, 8]),
    input("other", [4, 8]),
  ];
  const { codes } = rmsNormQuantize(x, w, { eps, bits: 8 });
  assert.equal(makePlan([codes]).dispatches.length, 1);
  const gradients = rmsNormOp.vjp!({
    inputs: [x, w],
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
