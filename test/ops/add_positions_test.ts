import {
  addPositions,
  addPositionsBackwardOp,
  addPositionsOp,
} from "../../src/ops/add_positions.ts";
import { apply } from "../../src/tensor/op.ts";
import { input } from "../../src/tensor/value.ts";
import { type OpCase, testOp } from "./sweep.ts";

type Sizes = readonly [x: readonly number[], positions: readonly number[], token?: number[]];

const cases: readonly Sizes[] = [
  [[1, 1, 1], [1, 1]],
  [[1, 1, 1], [2, 1], [1]],
  [[3, 2, 4, 12], [1, 9, 12], [1, 1, 12]],
  [[2, 7, 65], [1, 8, 65], [65]],
  [[33, 4, 64], [1, 4, 64]],
  [[5, 3, 3, 48], [1, 10, 48], [1, 1, 48]],
  [[2, 9, 7], [9, 7]],
];

const inputsOf = (sizes: Sizes) => sizes.flatMap((shape) => shape ? [{ shape }] : []);

testOp(
  addPositionsOp,
  cases.map((sizes): OpCase => ({
    name: `(${sizes.join(") (")})`,
    inputs: inputsOf(sizes),
    apply: ([x, positions, token]) => [addPositions(x, positions, token)],
    rtol: 1e-6,
  })),
  [
    {
      name: "positions of another length",
      run: () =>
        addPositions(input("x", [2, 4, 8]), input("positions", [1, 4, 8]), input("t", [8])),
      message: /Cannot apply add_positions to .*: .* positions of its 5 tokens, that of the class/,
    },
    {
      name: "a token of another width",
      run: () => addPositions(input("x", [2, 4, 8]), input("positions", [5, 8]), input("t", [4])),
      message: /Cannot apply add_positions to/,
    },
    {
      name: "integers",
      run: () => addPositions(input("x", [2, 4, 8], "i32"), input("positions", [4, 8])),
      message: /expected \(B, …, C\) f32/,
    },
  ],
);

testOp(
  addPositionsBackwardOp,
  cases.map((sizes): OpCase => ({
    name: `(${sizes.join(") (")})`,
    inputs: [{ shape: addPositionsShape(sizes) }, ...inputsOf(sizes)],
    apply: (inputs) =>
      apply(addPositionsBackwardOp, inputs, { accumulatePositions: false, accumulateToken: false }),
    differentiable: false,
    rtol: 1e-6,
  })),
);

function addPositionsShape(sizes: Sizes): readonly number[] {
  const [x, positions, token] = inputsOf(sizes).map(({ shape }, i) => input(`${i}`, shape));
  return addPositions(x, positions, token).shape;
}
