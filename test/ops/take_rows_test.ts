import { takeRows, takeRowsOp } from "../../src/ops/take_rows.ts";
import { input } from "../../src/tensor/value.ts";
import { type OpCase, testOp } from "./sweep.ts";

const taken = (rows: number[], shape: number[]): OpCase => ({
  name: `rows ${rows} of (${shape})`,
  inputs: [{ shape: [rows.length], dtype: "i32", data: rows }, { shape }],
  apply: ([rows, x]) => [takeRows(x, rows)],
  differentiable: false,
});

testOp(
  takeRowsOp,
  [
    taken([0], [1, 1]),
    taken([5, 0, 5], [2, 3, 7]),
    taken([44], [45, 65]),
    taken([127, 3], [128, 128]),
  ],
  [
    {
      name: "rows that are not integers",
      run: () => takeRows(input("x", [3, 4]), input("rows", [2])),
      message: /Cannot apply take rows to \(2\), \(3, 4\): rows must be \(N\) i32/,
    },
  ],
);
