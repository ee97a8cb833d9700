import assert from "node:assert/strict";
import { matmul, matmulOp, type MatmulOptions } from "../../src/ops/matmul.ts";
import { input, type Shape, type Value } from "../../src/tensor/value.ts";
import { testHardwareKernel } from "./hardware.ts";
import { normal, type OpCase, testOp } from "./sweep.ts";

const orientations = [false, true].flatMap((transposeA) =>
  [false, true].map((transposeB) => ({ transposeA, transposeB }))
);

function shapes(M: number, N: number, K: number, { transposeA, transposeB }: MatmulOptions) {
  return { a: transposeA ? [K, M] : [M, K], b: transposeB ? [N, K] : [K, N] };
}

const label = ({ transposeA, transposeB }: MatmulOptions) =>
  `${transposeA ? "Aᵀ" : "A"}·${transposeB ? "Bᵀ" : "B"}`;

const sweep: OpCase[] = [
  [1, 1, 1],
  [45, 65, 33],
  [128, 128, 128],
  [8, 3, 70],
  [130, 257, 96],
  [33, 20, 6],
].flatMap(([M, N, K]) =>
  orientations.map((options) => {
    const { a, b } = shapes(M, N, K, options);
    return {
      name: `${label(options)} of ${M}×${N}×${K}`,
      inputs: [{ shape: a }, { shape: b }],
      apply: ([a, b]) => [matmul(a, b, options)],
    };
  })
);

const leading: Shape = [2, 3];

testOp(
  matmulOp,
  [
    ...sweep,
    ...[[5, 19, 4357], [16, 40, 9000]].map(([M, N, K]): OpCase => ({
      name: `Aᵀ·B of ${M}×${N}×${K}, a long inner dimension`,
      inputs: [{ shape: [K, M] }, { shape: [K, N] }],
      apply: ([a, b]) => [matmul(a, b, { transposeA: true })],
      differentiable: false,
    })),
    ...orientations.map((options): OpCase => ({
      name: `${label(options)} + residual`,
      inputs: [
        { shape: shapes(7, 10, 5, options).a },
        { shape: shapes(7, 10, 5, options).b },
        { shape: [7, 10] },
      ],
      apply: ([a, b, residual]) => [matmul(a, b, { ...options, residual })],
    })),
    ...[[45, 65, 300], [130, 136, 9], [3, 3, 3]].map(([M, N, K]): OpCase => ({
      name: `${M}×${N}×${K} + residual + bias`,
      inputs: [{ shape: [M, K] }, { shape: [K, N] }, { shape: [M, N] }, { shape: [N] }],
      apply: ([a, b, residual, bias]) => [matmul(a, b, { residual, bias })],
    })),
    {
      name: "leading dimensions as rows",
      inputs: [{ shape: [...leading, 5] }, { shape: [5, 4] }, { shape: [...leading, 4] }],
      apply: ([a, b, residual]) => [matmul(a, b, { residual })],
    },
    {
      name: "leading dimensions as the inner one",
      inputs: [{ shape: [...leading, 5] }, { shape: [...leading, 4] }],
      apply: ([a, b]) => [matmul(a, b, { transposeA: true })],
    },
    {
      name: "a vector and a matrix",
      inputs: [{ shape: [5] }, { shape: [5, 4] }],
      apply: ([a, b]) => [matmul(a, b)],
    },
    {
      name: "rows divided as asked",
      inputs: [{ shape: [6, 5] }, { shape: [5, 4] }],
      apply: ([a, b]) => [matmul(a, b, { shape: [...leading, 4] })],
    },
    {
      name: "a matrix and itself",
      inputs: [{ shape: [6, 9] }],
      apply: ([a]) => [matmul(a, a, { transposeB: true })],
    },
  ],
  [
    {
      name: "inner dimensions that differ",
      run: () => matmul(input("a", [45, 64]), input("b", [65, 32])),
      message: /Cannot apply matmul to \(45, 64\), \(65, 32\): inner .* must agree, got 64 and 65/,
    },
    {
      name: "an integer matrix",
      run: () => matmul(input("a", [4, 4], "i32"), input("b", [4, 4])),
      message: /Cannot apply matmul to .*not f32/,
    },
    {
      name: "a scalar",
      run: () => matmul(input("a", []), input("b", [1, 1])),
      message: /Cannot apply matmul to \(\), \(1, 1\): a scalar is no matrix/,
    },
    {
      name: "a residual of another shape",
      run: () =>
        matmul(input("a", [2, 3]), input("b", [3, 4]), { residual: input("residual", [4, 2]) }),
      message: /the residual must be f32 of shape \(2, 4\)/,
    },
    {
      name: "a bias of another size",
      run: () => matmul(input("a", [2, 3]), input("b", [3, 4]), { bias: input("bias", [2]) }),
      message: /the bias must be f32 of 4 elements/,
    },
    {
      name: "a bias where the product accumulates",
      run: () =>
        matmul(input("a", [2, 3]), input("b", [3, 4]), {
          bias: input("bias", [4]),
          accumulate: true,
        }),
      message: /a product that accumulates has no bias/,
    },
    {
      name: "a shape of another size",
      run: () => matmul(input("a", [2, 3]), input("b", [3, 4]), { shape: [3, 3] }),
      message: /the result is 2 rows of 4, which \(3, 3\) is not/,
    },
  ],
);

for (
  const [file, sizes] of [
    ["products/matmul.wgsl + large_tiles.wgsl", [[8069, 132, 35], [1003, 2044, 48]]],
    ["products/matmul.wgsl + split_tiles.wgsl", [[1, 1, 1], [45, 65, 33], [64, 96, 200], [
      130,
      257,
      129,
    ]]],
  ] as const
) {
  const [M, N, K] = sizes[1];
  const [a, b, bias] = [input("a", [M, K]), input("b", [K, N]), input("bias", [N])];
  testHardwareKernel({
    file,
    name: `${M}×${N}×${K}, bias`,
    feeds: new Map([[a, normal(M * K, 1)], [b, normal(K * N, 2)], [bias, normal(N, 3)]]),
    output: matmul(a, b, { bias }),
  });
  for (const [M, N, K] of sizes) {
    for (const options of orientations) {
      const { a, b } = shapes(M, N, K, options);
      const leaves: [Value, Value, Value] = [input("a", a), input("b", b), input("r", [M, N])];
      testHardwareKernel({
        file,
        name: `${label(options)} of ${M}×${N}×${K}, residual, accumulated`,
        feeds: new Map([
          [leaves[0], normal(M * K, 1)],
          [leaves[1], normal(K * N, 2)],
          [leaves[2], normal(M * N, 3)],
        ]),
        accumulate: true,
        output: matmul(leaves[0], leaves[1], { ...options, residual: leaves[2], accumulate: true }),
      });
    }
  }
}

Deno.test("matmul: the plan counts two operations per product and multiplies once", () => {
  const y = matmul(input("a", [6, 5]), input("b", [5, 4]));
  const [call, ...others] = y.node!.op.lower(y.node!);
  assert.equal(others.length, 0);
  assert.equal(call.flops, 2 * 6 * 5 * 4);
});
