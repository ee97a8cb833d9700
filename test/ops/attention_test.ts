import assert from "node:assert/strict";
import { attention, attentionBackwardOp, attentionOp } from "../../src/ops/attention.ts";
import { attentionProbabilities } from "../../src/ops/attention_probabilities.ts";
import { evaluate, type HostArray } from "../../src/tensor/evaluate.ts";
import { apply } from "../../src/tensor/op.ts";
import { makePlan } from "../../src/tensor/plan.ts";
import { reverse } from "../../src/tensor/reverse.ts";
import { input, type Value } from "../../src/tensor/value.ts";
import { assertClose } from "../assert_close.ts";
import { deviceTest } from "../devices.ts";
import { goldenTensor } from "./golden_ops.ts";
import { exchangeMiddle } from "./heads.ts";
import { normal, type OpCase, referenceOf, testOp } from "./sweep.ts";

/** [B, T, query heads, key/value heads, head dimension, causal] */
type Sizes = readonly [number, number, number, number, number, boolean];

const layoutOf = ([, , heads, keyValueHeads, headDim, causal]: Sizes) => ({
  heads,
  keyValueHeads,
  headDim,
  causal,
});

const inputOf = ([B, T, heads, keyValueHeads, headDim]: Sizes) => ({
  shape: [B, T, (heads + 2 * keyValueHeads) * headDim],
});

const describeSizes = ([B, T, heads, keyValueHeads, headDim, causal]: Sizes) =>
  `B ${B}, T ${T}, ${heads}/${keyValueHeads} heads of ${headDim}${causal ? ", causal" : ""}`;

const small: readonly Sizes[] = [
  [1, 1, 1, 1, 1, true],
  [1, 1, 2, 1, 3, false],
  [2, 6, 4, 2, 6, true],
  [2, 33, 2, 1, 5, true],
  [1, 45, 3, 3, 7, false],
  [1, 64, 2, 2, 32, true],
  [1, 70, 2, 1, 40, true],
  [1, 37, 1, 1, 64, false],
];

testOp(
  attentionOp,
  small.map((sizes): OpCase => ({
    name: describeSizes(sizes),
    inputs: [inputOf(sizes)],
    apply: ([qkv]) => apply(attentionOp, [qkv], layoutOf(sizes)),
    cotangents: [0],
    rtol: 2e-6,
  })),
  [
    {
      name: "a matrix of another width",
      run: () =>
        attention(input("qkv", [2, 3, 13]), {
          heads: 1,
          keyValueHeads: 1,
          headDim: 4,
          causal: true,
        }),
      message: /Cannot apply attention to \(2, 3, 13\): it must be \(B, T, 12\) f32/,
    },
    {
      name: "heads that do not divide",
      run: () =>
        attention(input("qkv", [2, 3, 28]), {
          heads: 3,
          keyValueHeads: 2,
          headDim: 4,
          causal: true,
        }),
      message: /3 query heads cannot share 2 key\/value heads evenly/,
    },
    {
      name: "a head too wide",
      run: () =>
        attention(input("qkv", [2, 3, 600]), {
          heads: 1,
          keyValueHeads: 1,
          headDim: 200,
          causal: true,
        }),
      message: /heads are at most 128 wide, got 200/,
    },
  ],
);

// Large enough for several tiles in both directions; the reference gives the gradient, differences of it
// would take too long.
testOp(
  attentionBackwardOp,
  ([
    [2, 6, 4, 2, 6, true],
    [2, 100, 4, 2, 32, true],
    [1, 130, 3, 1, 64, true],
    [1, 65, 2, 2, 80, false],
    [2, 72, 4, 2, 24, true],
    [1, 73, 2, 1, 24, true],
    [1, 69, 3, 3, 64, false],
    [1, 150, 2, 1, 13, false],
    [2, 50, 2, 1, 128, true],
    [1, 45, 4, 4, 127, false],
  ] as const).map((sizes: Sizes): OpCase => ({
    name: `of ${describeSizes(sizes)}`,
    inputs: [inputOf(sizes), { shape: [sizes[0], sizes[1], sizes[2] * sizes[4]] }],
    apply([qkv, dy]) {
      const [y, lse] = apply(attentionOp, [qkv], layoutOf(sizes));
      return [y, lse, apply(attentionBackwardOp, [qkv, y, lse, dy], layoutOf(sizes))[0]];
    },
    differentiable: false,
    rtol: 3e-6,
  })),
);

/** (B, T, q heads | k heads | v heads) from three tensors with heads before positions. */
function fuse(parts: readonly { shape: readonly number[]; data: ArrayLike<number> }[]) {
  const [B, , T, D] = parts[0].shape;
  const width = parts.reduce((sum, { shape }) => sum + shape[1] * D, 0);
  const fused = new Float32Array(B * T * width);
  let column = 0;
  for (const { shape, data } of parts) {
    const rows = exchangeMiddle(data, shape);
    const columns = shape[1] * D;
    for (let row = 0; row < B * T; row++) {
      fused.set(rows.subarray(row * columns, (row + 1) * columns), row * width + column);
    }
    column += columns;
  }
  return fused;
}

/** Puts the rows of the last positions at the end of `length` positions whose rows `fill` gives. */
function padPositions(
  { shape: [B, H, T, D], data }: { shape: readonly number[]; data: ArrayLike<number> },
  length: number,
  fill: Float32Array,
) {
  const padded = fill.slice();
  for (let bh = 0; bh < B * H; bh++) {
    for (let i = 0; i < T * D; i++) {
      padded[(bh * length + length - T) * D + i] = data[bh * T * D + i];
    }
  }
  return { shape: [B, H, length, D], data: padded };
}

for (
  const name of [
    "attention_causal_gqa",
    "attention_causal_mha",
    "attention_causal_mqa",
    "attention_bidirectional",
    "attention_causal_cached",
  ]
) {
  deviceTest(`golden: ${name}`, async (device) => {
    const golden = (key: string) => goldenTensor(`${name}.${key}`);
    const [B, keyValueHeads, T, headDim] = golden("k").shape;
    const [, heads, Tq] = golden("q").shape;
    const size = B * heads * T * headDim;
    // Where only the last positions have a query, the others get any query and no cotangent.
    const zeros = new Float32Array(size);
    const q = padPositions(golden("q"), T, normal(size, 1));
    const gradY = padPositions(golden("grad_y"), T, zeros);
    const gradQ = padPositions(golden("grad_q"), T, zeros);

    const options = { heads, keyValueHeads, headDim, causal: name !== "attention_bidirectional" };
    const qkv = input("qkv", [B, T, (heads + 2 * keyValueHeads) * headDim]);
    const y = attention(qkv, options);
    const dy = input("dy", y.shape);
    const dqkv = reverse(y, dy, { wrt: [qkv] }).gradients.get(qkv)!;
    const feeds = new Map<Value, HostArray>([
      [qkv, fuse([q, golden("k"), golden("v")])],
      [dy, fuse([gradY])],
    ]);
    const p = attentionProbabilities(qkv, options);
    const [actual, gradient, weights] = await evaluate(device, [y, dqkv, p], feeds);
    const last = padPositions(golden("y"), T, exchangeMiddle(actual, [B, T, heads, headDim]));
    assertClose(actual, fuse([last]), { rtol: 2e-6, label: "y" });
    const expected = fuse([gradQ, golden("grad_k"), golden("grad_v")]);
    assertClose(gradient, expected, { rtol: 5e-6, label: "gradients of q, k and v" });

    const probabilities = golden("probs").data;
    const lastQueries = new Float32Array(probabilities.length);
    for (let bh = 0; bh < B * heads; bh++) {
      const from = (bh * T + T - Tq) * T;
      lastQueries.set(weights.subarray(from, from + Tq * T), bh * Tq * T);
    }
    assertClose(lastQueries, probabilities, { rtol: 2e-6, label: "probabilities" });
  });
}

deviceTest("scores too large to exponentiate", async (device) => {
  const sizes: Sizes = [1, 40, 1, 1, 8, true];
  const { shape } = inputOf(sizes);
  const data = normal(shape[1] * shape[2], 4).map((value) => 60 * value);
  const qkv = input("qkv", shape);
  const y = attention(qkv, layoutOf(sizes));
  const dy = input("dy", y.shape);
  const dqkv = reverse(y, dy, { wrt: [qkv] }).gradients.get(qkv)!;
  const feeds = new Map<Value, HostArray>([[qkv, data], [dy, normal(40 * 8, 5)]]);
  const [actual, gradient] = await evaluate(device, [y, dqkv], feeds);
  const [expected, slope] = referenceOf([y, dqkv], feeds);
  assertClose(actual, expected, { rtol: 1e-4, label: "y" });
  assertClose(gradient, slope, { rtol: 1e-3, label: "gradient" });
});

Deno.test("forward is one dispatch, backward two", () => {
  const qkv = input("qkv", [2, 8, 12]);
  const y = attention(qkv, { heads: 1, keyValueHeads: 1, headDim: 4, causal: true });
  const dy = input("dy", y.shape);
  const dqkv = reverse(y, dy, { wrt: [qkv] }).gradients.get(qkv)!;
  assert.deepEqual(makePlan([dqkv]).dispatches.map(({ kernel }) => kernel.name), [
    "attention",
    "attention_backward_query",
    "attention_backward_key_value",
  ]);
});
