import assert from "node:assert/strict";
import { crossEntropy } from "../../src/ops/cross_entropy.ts";
import {
  softCrossEntropy,
  softCrossEntropyBackwardOp,
  softCrossEntropyOp,
} from "../../src/ops/soft_cross_entropy.ts";
import { evaluate, type HostArray } from "../../src/tensor/evaluate.ts";
import { apply } from "../../src/tensor/op.ts";
import { reverse } from "../../src/tensor/reverse.ts";
import { elementCount, input, type Value } from "../../src/tensor/value.ts";
import { assertClose } from "../assert_close.ts";
import { deviceTest } from "../devices.ts";
import { normal, type OpCase, testOp } from "./sweep.ts";

const shapes = [[1, 1], [5], [64, 10], [45, 65], [2, 3, 130], [3, 1000]];

/** Rows of random shares that sum to one. */
function shares(shape: readonly number[]): Float32Array {
  const V = shape.at(-1)!;
  const data = normal(elementCount(shape), 3).map(Math.abs);
  for (let row = 0; row < data.length; row += V) {
    const sum = data.subarray(row, row + V).reduce((a, b) => a + b);
    for (let v = 0; v < V; v++) data[row + v] /= sum;
  }
  return data;
}

testOp(
  softCrossEntropyOp,
  [
    ...shapes.map((shape): OpCase => ({
      name: `(${shape})`,
      inputs: [{ shape }, { shape, data: shares(shape), grad: false }],
      apply: (inputs) => apply(softCrossEntropyOp, inputs, null),
      cotangents: [0],
    })),
    {
      name: "large logits",
      inputs: [
        { shape: [4, 6], data: normal(24, 1).map((value) => 1e4 * value) },
        { shape: [4, 6], data: shares([4, 6]), grad: false },
      ],
      apply: ([logits, wanted]) => [softCrossEntropy(logits, wanted)],
      fdTolerance: 1e-3,
    },
  ],
  [
    {
      name: "targets of another shape",
      run: () => softCrossEntropy(input("logits", [2, 4]), input("wanted", [2, 5])),
      message: /Cannot apply soft_cross_entropy to \(2, 4\), \(2, 5\): both must be \(…, V\) f32/,
    },
    {
      name: "classes",
      run: () => softCrossEntropy(input("logits", [2, 4]), input("wanted", [2, 4], "i32")),
      message: /both must be \(…, V\) f32/,
    },
  ],
);

testOp(
  softCrossEntropyBackwardOp,
  [[64, 10], [7, 33]].map((shape): OpCase => ({
    name: `(${shape}) against its own reference`,
    inputs: [{ shape }, { shape, data: shares(shape) }, { shape: [] }],
    apply([logits, wanted, dloss]) {
      const [, saved] = apply(softCrossEntropyOp, [logits, wanted], null);
      return apply(softCrossEntropyBackwardOp, [logits, wanted, saved, dloss], null);
    },
    differentiable: false,
    rtol: 2e-6,
  })),
);

deviceTest("one sure class is cross entropy, smoothed if the rest is spread", async (device) => {
  const [N, V, labelSmoothing] = [9, 10, 0.1];
  const [logits, targets] = [input("logits", [N, V]), input("targets", [N], "i32")];
  const [wanted, seed] = [input("wanted", [N, V]), input("seed", [])];
  const classes = Int32Array.from({ length: N }, (_, n) => n * 7 % V);
  const smoothed = new Float32Array(N * V).fill(labelSmoothing / V);
  classes.forEach((target, n) => smoothed[n * V + target] += 1 - labelSmoothing);
  const feeds = new Map<Value, HostArray>([
    [logits, normal(N * V, 1)],
    [targets, classes],
    [wanted, smoothed],
    [seed, Float32Array.of(1)],
  ]);
  const losses = [
    softCrossEntropy(logits, wanted),
    crossEntropy(logits, targets, { labelSmoothing }).loss,
  ];
  const gradients = losses.map((loss) =>
    reverse(loss, seed, { wrt: [logits] }).gradients.get(logits)!
  );
  const [soft, hard, dsoft, dhard] = await evaluate(device, [...losses, ...gradients], feeds);
  assertClose(soft, hard, { rtol: 1e-6, label: "loss" });
  assertClose(dsoft, dhard, { rtol: 1e-5, label: "gradient" });
});

deviceTest("a row without a target counts for nothing", async (device) => {
  const [logits, wanted] = [input("logits", [2, 3]), input("wanted", [2, 3])];
  const feeds = new Map<Value, HostArray>([
    [logits, Float32Array.of(1, 2, 3, 4, 5, 6)],
    [wanted, Float32Array.of(0, 0, 1, 0, 0, 0)],
  ]);
  const [loss] = await evaluate(device, [softCrossEntropy(logits, wanted)], feeds);
  assertClose(loss, [Math.log(1 + Math.exp(-1) + Math.exp(-2)) / 2], { rtol: 1e-6 });
  assert.equal(loss.length, 1);
});
