import { broadcastAdd, broadcastAddOp } from "../../src/ops/broadcast_add.ts";
import { input } from "../../src/tensor/value.ts";
import { type OpCase, testOp } from "./sweep.ts";

const cases: readonly (readonly [x: readonly number[], b: readonly number[]])[] = [
  [[1, 1], [1]],
  [[5], [5]],
  [[45, 65], [65]],
  [[2, 7, 128], [128]],
  [[3, 5, 12], [5, 12]],
  [[3, 5, 7], [1, 5, 7]],
  [[3, 2], []],
];

testOp(
  broadcastAddOp,
  cases.map(([x, b]): OpCase => ({
    name: `(${x}) + (${b})`,
    inputs: [{ shape: x }, { shape: b }],
    apply: ([x, b]) => [broadcastAdd(x, b)],
  })),
  [
    {
      name: "another width",
      run: () => broadcastAdd(input("x", [2, 3, 4]), input("b", [3])),
      message: /Cannot apply broadcast_add to \(2, 3, 4\), \(3\): .* end the first's shape/,
    },
    {
      name: "more dimensions",
      run: () => broadcastAdd(input("x", [4]), input("b", [2, 4])),
      message: /must be f32 and end the first's shape/,
    },
    {
      name: "integers",
      run: () => broadcastAdd(input("x", [4]), input("b", [4], "i32")),
      message: /must be f32 and end the first's shape/,
    },
  ],
);
