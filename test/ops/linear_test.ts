import assert from "node:assert/strict";
import { linear } from "../../src/ops/linear.ts";
import { matmulOp } from "../../src/ops/matmul.ts";
import { Parameter, ParameterLayout } from "../../src/tensor/parameter.ts";
import { makePlan } from "../../src/tensor/plan.ts";
import { reverse } from "../../src/tensor/reverse.ts";
import { input } from "../../src/tensor/value.ts";
import { type OpCase, testOp } from "./sweep.ts";

testOp(
  matmulOp,
  [
    { x: [1, 1], w: [1, 1] },
    { x: [3, 15, 33], w: [65, 33] },
    { x: [2, 2, 2, 64], w: [96, 64] },
    { x: [7], w: [5, 7] },
  ].flatMap(({ x, w }): OpCase[] => [
    {
      name: `linear (${x}) by (${w})`,
      inputs: [{ shape: x }, { shape: w }],
      apply: ([x, w]) => [linear(x, w)],
    },
    {
      name: `linear (${x}) by (${w}) + residual`,
      inputs: [{ shape: x }, { shape: w }, { shape: [...x.slice(0, -1), w[0]] }],
      apply: ([x, w, residual]) => [linear(x, w, residual)],
    },
    {
      name: `linear (${x}) by (${w}) + bias`,
      inputs: [{ shape: x }, { shape: w }, { shape: [w[0]] }],
      apply: ([x, w, bias]) => [linear(x, w, undefined, bias)],
    },
    {
      name: `linear (${x}) by (${w}) + residual + bias`,
      inputs: [{ shape: x }, { shape: w }, { shape: [...x.slice(0, -1), w[0]] }, { shape: [w[0]] }],
      apply: ([x, w, residual, bias]) => [linear(x, w, residual, bias)],
    },
  ]),
  [
    {
      name: "linear: features that differ",
      run: () => linear(input("x", [2, 4]), input("w", [3, 5])),
      message: /inner dimensions must agree, got 4 and 5/,
    },
  ],
);

Deno.test("linear: one dispatch forward, two backward, whatever is added", () => {
  const weight = new Parameter({
    parts: [{ name: "weight", shape: [4, 4] }],
    initializer: { kind: "constant", value: 0 },
    decay: true,
  });
  const layout = new ParameterLayout([weight], 2 ** 20);
  const x = input("x", [2, 3, 4]);
  const y = linear(x, layout.value(weight), x);
  assert.equal(makePlan([y]).dispatches.length, 1);
  const residual = input("residual", [2, 3, 4]);
  const { gradients, stores } = reverse(
    linear(x, layout.value(weight), residual),
    input("dy", [2, 3, 4]),
    { layout, wrt: [x, residual] },
  );
  assert.equal(makePlan([gradients.get(x)!, ...stores]).dispatches.length, 2);
});
