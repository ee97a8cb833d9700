import assert from "node:assert/strict";
import { maxPool, maxPoolBackwardOp, maxPoolOp } from "../../src/ops/max_pool.ts";
import type { WindowOptions } from "../../src/ops/unfold.ts";
import { evaluate } from "../../src/tensor/evaluate.ts";
import { apply } from "../../src/tensor/op.ts";
import { elementCount, input } from "../../src/tensor/value.ts";
import { deviceTest } from "../devices.ts";
import { type OpCase, testOp } from "./sweep.ts";

const cases: readonly (readonly [shape: readonly number[], window: WindowOptions])[] = [
  [[1, 1, 1, 1], { kernel: 1, stride: 1 }],
  [[2, 8, 6, 5], { kernel: 2, stride: 2 }],
  [[2, 9, 8, 7], { kernel: 3, stride: 2, padding: 1 }],
  [[1, 16, 16, 12], { kernel: 3, stride: 2, padding: 1 }],
  [[1, 7, 7, 4], { kernel: 3, stride: 1, padding: 1 }],
  [[1, 11, 10, 3], { kernel: 2, stride: 3 }],
];

const describeCase = (shape: readonly number[], { kernel, stride, padding = 0 }: WindowOptions) =>
  `(${shape}) in windows of ${kernel} every ${stride}, padding ${padding}`;

/** Distinct values further apart than a difference quotient reaches, in an order that looks random. */
const distinct = (shape: readonly number[]) => {
  const count = elementCount(shape);
  return Float64Array.from({ length: count }, (_, i) => (i * 7919 % 10007) / 5000 - 1 + 1e-3);
};

testOp(
  maxPoolOp,
  cases.map(([shape, window]): OpCase => ({
    name: describeCase(shape, window),
    inputs: [{ shape, data: distinct(shape) }],
    apply: ([x]) => apply(maxPoolOp, [x], window),
    rtol: 1e-6,
  })),
  [
    {
      name: "a matrix",
      run: () => maxPool(input("x", [8, 8]), { kernel: 2, stride: 2 }),
      message: /Cannot apply max_pool to \(8, 8\): expected \(B, H, W, C\) f32/,
    },
    {
      name: "windows of padding only",
      run: () => maxPool(input("x", [1, 8, 8, 1]), { kernel: 3, stride: 2, padding: 2 }),
      message: /padding by half of it at most/,
    },
    {
      name: "a window larger than the image",
      run: () => maxPool(input("x", [1, 8, 8, 1]), { kernel: 9, stride: 9 }),
      message: /a window of 9 does not fit the image/,
    },
  ],
);

testOp(
  maxPoolBackwardOp,
  cases.map(([shape, window]): OpCase => ({
    name: describeCase(shape, window),
    inputs: [{ shape: maxPool(input("x", shape), window).shape }, { shape }],
    apply([dy, x]) {
      const [, choice] = apply(maxPoolOp, [x], window);
      return apply(maxPoolBackwardOp, [dy, choice, x], { ...window, shape });
    },
    differentiable: false,
    rtol: 1e-6,
  })),
);

deviceTest("the first of equals is chosen, nothing of what is not positive", async (device) => {
  const x = input("x", [1, 2, 4, 1]);
  const [y, choice] = apply(maxPoolOp, [x], { kernel: 2, stride: 2 });
  const data = Float32Array.of(3, 3, -1, 0, 3, 2, -2, -3);
  const [actual, chosen] = await evaluate(device, [y, choice], new Map([[x, data]]));
  assert.deepEqual([...actual], [3, 0]);
  assert.deepEqual([...chosen], [0, -1]);
});

deviceTest("a NaN gets through", async (device) => {
  const x = input("x", [1, 2, 4, 1]);
  const y = maxPool(x, { kernel: 2, stride: 2 });
  const data = Float32Array.of(1, NaN, 1, 2, 3, 4, -1, 5);
  const [actual] = await evaluate(device, [y], new Map([[x, data]]));
  assert.deepEqual([...actual], [NaN, 5]);
});
