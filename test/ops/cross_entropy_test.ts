import assert from "node:assert/strict";
import { crossEntropy, crossEntropyOp, IGNORED_TARGET } from "../../src/ops/cross_entropy.ts";
import { evaluate } from "../../src/tensor/evaluate.ts";
import { reverse } from "../../src/tensor/reverse.ts";
import { input, type Value } from "../../src/tensor/value.ts";
import { assertClose } from "../assert_close.ts";
import { deviceTest } from "../devices.ts";
import { testGolden } from "./golden_ops.ts";
import { normal, type OpCase, testOp, uniform } from "./sweep.ts";

/** Every output of the op but the saved normalizer, loss first. */
function outputsOf(logits: Value, targets: Value, labelSmoothing: number): Value[] {
  const { loss, count, rowLosses, correct } = crossEntropy(logits, targets, { labelSmoothing });
  return [loss, count, rowLosses, correct];
}

function lossCase(shape: number[], labelSmoothing = 0): OpCase {
  const rows = shape.slice(0, -1).reduce((a, b) => a * b, 1);
  const V = shape.at(-1)!;
  const random = uniform(3);
  const targets = Array.from(
    { length: rows },
    (_, n) => n % 5 === 4 ? IGNORED_TARGET : Math.floor(random() * V),
  );
  return {
    name: `logits (${shape}), label smoothing ${labelSmoothing}`,
    inputs: [{ shape }, { shape: shape.slice(0, -1), dtype: "i32", data: targets }],
    apply: ([logits, targets]) => outputsOf(logits, targets, labelSmoothing),
    cotangents: [0],
  };
}

testOp(
  crossEntropyOp,
  [
    lossCase([1, 1]),
    lossCase([7]),
    lossCase([45, 65]),
    lossCase([3, 15, 65], 0.1),
    lossCase([128, 128], 1),
    lossCase([1300, 3]),
    // Each number of lanes per row, with full and partial rounds of four.
    lossCase([5, 64], 0.1),
    lossCase([9, 512], 0.1),
    lossCase([9, 513], 0.1),
    lossCase([3, 5000], 0.1),
  ],
  [
    {
      name: "targets of another shape",
      run: () => crossEntropy(input("logits", [4, 7]), input("targets", [5], "i32")),
      message: /Cannot apply cross_entropy to \(4, 7\), \(5\): expected logits \(\.\.\., V\)/,
    },
    {
      name: "targets that are not integers",
      run: () => crossEntropy(input("logits", [4, 7]), input("targets", [4])),
      message: /Cannot apply cross_entropy to \(4, 7\), \(4\): /,
    },
    {
      name: "the gradient of a row loss",
      run() {
        const logits = input("logits", [4, 7]);
        const { rowLosses } = crossEntropy(logits, input("targets", [4], "i32"));
        return reverse(rowLosses, input("seed", [4]), { wrt: [logits] });
      },
      message: /Cannot differentiate cross_entropy by its row losses/,
    },
  ],
);

Deno.test("cross_entropy: impossible label smoothing throws", () => {
  for (const labelSmoothing of [-0.1, 1.5, NaN]) {
    const run = () => outputsOf(input("l", [4, 7]), input("t", [4], "i32"), labelSmoothing);
    assert.throws(run, RangeError);
  }
});

deviceTest(
  "cross_entropy: without a valid target the loss and the gradient are 0",
  async (device) => {
    const logits = input("logits", [3, 5]);
    const targets = input("targets", [3], "i32");
    const { loss, count } = crossEntropy(logits, targets, { labelSmoothing: 0.1 });
    const seed = input("seed", []);
    const dlogits = reverse(loss, seed, { wrt: [logits] }).gradients.get(logits)!;
    const results = await evaluate(
      device,
      [loss, count, dlogits],
      new Map<Value, Float32Array | Int32Array>([
        [logits, normal(15, 1)],
        [targets, Int32Array.of(-100, 5, -1)],
        [seed, Float32Array.of(1)],
      ]),
    );
    assert.deepEqual(results.map((array) => [...array].map(Math.abs)), [
      [0],
      [0],
      Array(15).fill(0),
    ]);
  },
);

deviceTest(
  "cross_entropy: ties go to the first class, and extreme logits stay finite",
  async (device) => {
    const logits = input("logits", [4, 3]);
    const targets = input("targets", [4], "i32");
    const { rowLosses, correct } = crossEntropy(logits, targets);
    const rows = [[2, 2, 1], [2, 2, 1], [-3e38, 3e38, 0], [-1e30, -1e30, -1e30]];
    const [losses, hits] = await evaluate(
      device,
      [rowLosses, correct],
      new Map<Value, Float32Array | Int32Array>([
        [logits, Float32Array.from(rows.flat())],
        [targets, Int32Array.of(0, 1, 1, 2)],
      ]),
    );
    assert.deepEqual([...hits], [1, 0, 1, 0]);
    const tie = Math.log(2 + Math.exp(-1));
    assertClose(losses, [tie, tie, 0, Math.log(3)]);
  },
);

deviceTest("cross_entropy: a NaN logit makes the loss NaN", async (device) => {
  const logits = input("logits", [2, 65]);
  const targets = input("targets", [2], "i32");
  const { loss } = crossEntropy(logits, targets);
  const data = normal(130, 1);
  data[70] = NaN;
  const [actual] = await evaluate(device, [loss], new Map([[logits, data]]));
  assert.ok(Number.isNaN(actual[0]));
});

for (const name of ["cross_entropy", "cross_entropy_ls0.1", "cross_entropy_large"]) {
  testGolden({
    name,
    integers: ["targets"],
    apply: ({ logits, targets }, attributes) =>
      crossEntropy(logits, targets, { labelSmoothing: Number(attributes.label_smoothing) }).loss,
  });
}
