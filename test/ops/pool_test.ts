import { pool, poolBackwardOp, poolOp, softmaxPool } from "../../src/ops/pool.ts";
import { linear } from "../../src/ops/linear.ts";
import { apply } from "../../src/tensor/op.ts";
import { input } from "../../src/tensor/value.ts";
import { normal, type OpCase, testOp } from "./sweep.ts";

const shapes = [[1, 1, 1], [2, 7, 5], [3, 65, 48], [2, 33, 65], [1, 300, 128]];

testOp(
  poolOp,
  [
    ...shapes.flatMap((shape) =>
      (["first", "mean"] as const).map((mode): OpCase => ({
        name: `${mode} of (${shape})`,
        inputs: [{ shape }],
        apply: ([x]) => [pool(x, mode)],
        rtol: 1e-6,
      }))
    ),
    ...shapes.map((shape): OpCase => ({
      name: `softmax of (${shape})`,
      inputs: [{ shape }, { shape: [...shape.slice(0, 2), 1] }],
      apply: (inputs) => apply(poolOp, inputs, { mode: "softmax" }),
      cotangents: [0],
      rtol: 2e-6,
    })),
    {
      name: "softmax of scores too large to exponentiate",
      inputs: [
        { shape: [2, 6, 4] },
        { shape: [2, 6, 1], data: normal(12, 5).map((value) => 300 * value) },
      ],
      apply: ([x, scores]) => [softmaxPool(x, scores)],
      rtol: 1e-4,
    },
    {
      name: "sequence pooling: the scores are a layer of the tokens",
      inputs: [{ shape: [2, 9, 12] }, { shape: [1, 12] }],
      apply: ([x, w]) => [softmaxPool(x, linear(x, w))],
    },
  ],
  [
    {
      name: "a matrix",
      run: () => pool(input("x", [8, 8]), "mean"),
      message: /Cannot apply pool to \(8, 8\): expected \(B, T, C\) f32/,
    },
    {
      name: "scores of other tokens",
      run: () => softmaxPool(input("x", [2, 8, 4]), input("scores", [2, 4, 1])),
      message: /expected \(B, T, C\) f32 and scores \(B, T, 1\) f32/,
    },
  ],
);

testOp(
  poolBackwardOp,
  [[2, 7, 5], [3, 65, 48]].flatMap((shape): OpCase[] => {
    const [B, T, C] = shape;
    const inputs = [{ shape: [B, C] }, { shape }, { shape: [B, T, 1] }];
    return [
      ...(["first", "mean"] as const).map((mode): OpCase => ({
        name: `${mode} of (${shape}) against its own reference`,
        inputs,
        apply: ([dy, x]) => apply(poolBackwardOp, [dy, x, x], { mode }),
        differentiable: false,
        rtol: 1e-6,
      })),
      {
        name: `softmax of (${shape}) against its own reference`,
        inputs,
        apply([dy, x, scores]) {
          const [, p] = apply(poolOp, [x, scores], { mode: "softmax" });
          return apply(poolBackwardOp, [dy, x, p, x], { mode: "softmax" });
        },
        differentiable: false,
        rtol: 2e-6,
      },
    ];
  }),
);
