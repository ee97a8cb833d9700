import assert from "node:assert/strict";
import { rowPeaks, rowPeaksOp } from "../../src/ops/row_peaks.ts";
import { evaluate } from "../../src/tensor/evaluate.ts";
import { input } from "../../src/tensor/value.ts";
import { deviceTest } from "../devices.ts";
import { type OpCase, testOp } from "./sweep.ts";

testOp(
  rowPeaksOp,
  [[1, 1], [5], [45, 65], [2, 7, 128], [3, 1100]].map((shape): OpCase => ({
    name: `(${shape})`,
    inputs: [{ shape }],
    apply: ([x]) => [rowPeaks(x)],
    differentiable: false,
    rtol: 0,
  })),
  [{
    name: "integers",
    run: () => rowPeaks(input("x", [3], "i32")),
    message: /Cannot apply row_peaks to \(3\): it must be f32/,
  }],
);

deviceTest("row peaks: a NaN is above all", async (device) => {
  const x = input("x", [2, 3]);
  const data = Float32Array.of(1, NaN, Infinity, -3, 2, 0);
  const [peaks] = await evaluate(device, [rowPeaks(x)], new Map([[x, data]]));
  assert.deepEqual([...peaks], [NaN, 3]);
});
