import assert from "node:assert/strict";
import {
  attentionProbabilities,
  attentionProbabilitiesOp,
} from "../../src/ops/attention_probabilities.ts";
import { evaluate } from "../../src/tensor/evaluate.ts";
import { input } from "../../src/tensor/value.ts";
import { deviceTest } from "../devices.ts";
import { normal, type OpCase, testOp } from "./sweep.ts";

/** [B, T, query heads, key/value heads, head dimension, causal] */
const sizes = [
  [1, 1, 1, 1, 1, true],
  [1, 1, 2, 1, 3, false],
  [2, 6, 4, 2, 6, true],
  [2, 33, 2, 1, 5, true],
  [1, 45, 3, 3, 7, false],
  [1, 130, 1, 1, 64, false],
  [1, 65, 2, 2, 128, true],
] as const;

testOp(
  attentionProbabilitiesOp,
  sizes.map(([B, T, heads, keyValueHeads, headDim, causal]): OpCase => ({
    name: `B ${B}, T ${T}, ${heads}/${keyValueHeads} heads of ${headDim}${
      causal ? ", causal" : ""
    }`,
    inputs: [{ shape: [B, T, (heads + 2 * keyValueHeads) * headDim] }],
    apply: ([qkv]) => [attentionProbabilities(qkv, { heads, keyValueHeads, headDim, causal })],
    differentiable: false,
    rtol: 2e-6,
  })),
  [{
    name: "a matrix of another width",
    run: () =>
      attentionProbabilities(input("qkv", [2, 3, 13]), {
        heads: 1,
        keyValueHeads: 1,
        headDim: 4,
        causal: true,
      }),
    message: /Cannot apply attention to \(2, 3, 13\): it must be \(B, T, 12\) f32/,
  }],
);

deviceTest("every query's weights sum to one, however large the scores", async (device) => {
  const [T, heads, headDim] = [40, 2, 8];
  const qkv = input("qkv", [1, T, 3 * heads * headDim]);
  const layout = { heads, keyValueHeads: heads, headDim };
  const p = attentionProbabilities(qkv, { ...layout, causal: false });
  const data = normal(T * 3 * heads * headDim, 4).map((value) => 60 * value);
  const [weights] = await evaluate(device, [p], new Map([[qkv, data]]));
  for (let row = 0; row < heads * T; row++) {
    let sum = 0;
    for (let s = 0; s < T; s++) sum += weights[row * T + s];
    assert.ok(Math.abs(sum - 1) < 1e-5, `row ${row} sums to ${sum}`);
  }
});
