import { add, addOp, store, storeOp } from "../../src/tensor/add.ts";
import { input } from "../../src/tensor/value.ts";
import { testOp } from "./sweep.ts";

testOp(
  addOp,
  [[], [1, 1], [45, 65], [128, 128]].map((shape) => ({
    name: `(${shape})`,
    inputs: [{ shape }, { shape }],
    apply: ([a, b]) => [add(a, b)],
  })),
  [
    {
      name: "two shapes",
      run: () => add(input("a", [2, 3]), input("b", [3, 2])),
      message: /Cannot apply add to \(2, 3\), \(3, 2\): /,
    },
    {
      name: "integers",
      run: () => add(input("a", [2], "i32"), input("b", [2], "i32")),
      message: /Cannot apply add to \(2\), \(2\): both must be f32/,
    },
  ],
);

testOp(
  addOp,
  [{ name: "a value with itself", inputs: [{ shape: [45, 65] }], apply: ([a]) => [add(a, a)] }],
);

testOp(
  storeOp,
  [{
    name: "copies",
    inputs: [{ shape: [45, 65] }],
    apply: ([a]) => [store(a, false)],
    differentiable: false,
  }],
);
