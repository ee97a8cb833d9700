import { columnSum, columnSumOp } from "../../src/ops/column_sum.ts";
import { input } from "../../src/tensor/value.ts";
import { type OpCase, testOp } from "./sweep.ts";

const cases: readonly (readonly [x: readonly number[], y: readonly number[]])[] = [
  [[1, 1], [1]],
  [[45, 65], [65]],
  [[128, 128], [128]],
  [[2, 35, 12], [12]],
  [[7, 5, 7], [1, 5, 7]],
  [[1000, 3], [3]],
  [[40, 2], []],
];

testOp(
  columnSumOp,
  cases.map(([x, y]): OpCase => ({
    name: `(${x}) to (${y})`,
    inputs: [{ shape: x }],
    apply: ([x]) => [columnSum(x, y)],
    differentiable: false,
    rtol: 1e-6,
  })),
  [
    {
      name: "rows that do not come out even",
      run: () => columnSum(input("x", [3, 4]), [8]),
      message: /Cannot apply column_sum to \(3, 4\): .* rows of shape \(8\)/,
    },
    {
      name: "integers",
      run: () => columnSum(input("x", [3, 4], "i32"), [4]),
      message: /must be f32/,
    },
  ],
);
