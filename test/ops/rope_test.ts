import assert from "node:assert/strict";
import { rope, ropeOp, ropeTable } from "../../src/ops/rope.ts";
import { evaluate, type HostArray } from "../../src/tensor/evaluate.ts";
import { reverse } from "../../src/tensor/reverse.ts";
import { constant, input, type Value } from "../../src/tensor/value.ts";
import { assertClose } from "../assert_close.ts";
import { deviceTest } from "../devices.ts";
import { goldenTensor } from "./golden_ops.ts";
import { exchangeMiddle } from "./heads.ts";
import { type OpCase, testOp } from "./sweep.ts";

const tableOf = (T: number, D: number, theta = 10000, start = 0) =>
  constant("angles", [T, D / 2, 2], ropeTable(T, D, theta, start));

testOp(
  ropeOp,
  [
    { B: 1, T: 1, heads: 1, keyValueHeads: 1, headDim: 2 },
    { B: 2, T: 5, heads: 4, keyValueHeads: 2, headDim: 6 },
    { B: 3, T: 7, heads: 3, keyValueHeads: 1, headDim: 10 },
    { B: 2, T: 9, heads: 2, keyValueHeads: 0, headDim: 8 },
    { B: 2, T: 64, heads: 4, keyValueHeads: 4, headDim: 32 },
  ].map(({ B, T, ...layout }): OpCase => {
    const { heads, keyValueHeads, headDim } = layout;
    return {
      name: `B ${B}, T ${T}, ${heads} + 2·${keyValueHeads} heads of ${headDim}`,
      inputs: [{ shape: [B, T, (heads + 2 * keyValueHeads) * headDim] }],
      apply: ([x]) => [rope(x, tableOf(T, headDim), layout)],
      rtol: 1e-6,
    };
  }),
  [
    {
      name: "an odd head",
      run: () =>
        rope(input("x", [1, 2, 9]), input("t", [2, 1, 2]), {
          heads: 1,
          keyValueHeads: 1,
          headDim: 3,
        }),
      message: /Cannot apply rope to .*: the head dimension must be even, got 3/,
    },
    {
      name: "a matrix of another width",
      run: () =>
        rope(input("x", [1, 2, 8]), tableOf(2, 4), { heads: 1, keyValueHeads: 1, headDim: 4 }),
      message: /the first must be \(B, T, 12\)/,
    },
    {
      name: "a table of another length",
      run: () =>
        rope(input("x", [1, 2, 12]), tableOf(3, 4), { heads: 1, keyValueHeads: 1, headDim: 4 }),
      message: /the table must be \(2, 2, 2\)/,
    },
  ],
);

for (
  const [name, theta, start] of [
    ["rope_10000_start0", 10000, 0],
    ["rope_500000_start0", 500000, 0],
    ["rope_10000_start7", 10000, 7],
  ] as const
) {
  deviceTest(`golden: ${name}`, async (device) => {
    const golden = goldenTensor(`${name}.x`);
    const [B, heads, T, headDim] = golden.shape;
    const table = ropeTable(T, headDim, theta, start);
    const half = headDim / 2;
    for (const [offset, key] of [[0, "cos"], [1, "sin"]] as const) {
      // The file holds every angle twice.
      const expected = goldenTensor(`${name}.${key}`).data;
      const actual = Array.from(
        { length: T * headDim },
        (_, i) => table[(Math.floor(i / headDim) * half + i % half) * 2 + offset],
      );
      assertClose(actual, expected, { rtol: 2e-7, label: key });
    }

    const flat = (key: string) =>
      exchangeMiddle(goldenTensor(`${name}.${key}`).data, [B, heads, T, headDim]);
    const x = input("x", [B, T, heads * headDim]);
    const angles = constant("angles", [T, half, 2], table);
    const y = rope(x, angles, { heads, keyValueHeads: 0, headDim });
    const dy = input("dy", y.shape);
    const dx = reverse(y, dy, { wrt: [x] }).gradients.get(x)!;
    const feeds = new Map<Value, HostArray>([[x, flat("x")], [dy, flat("grad_y")]]);
    const [actual, gradient] = await evaluate(device, [y, dx], feeds);
    assertClose(actual, flat("y"), { rtol: 1e-6, label: "y" });
    assertClose(gradient, flat("grad_x"), { rtol: 1e-6, label: "gradient of x" });
  });
}

Deno.test("a table that starts later is the tail of a longer one", () => {
  assert.deepEqual(ropeTable(3, 8, 10000, 5), ropeTable(8, 8, 10000).subarray(5 * 8));
});
