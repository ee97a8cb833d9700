/**
 * The loss of a classifier whose targets are probabilities: mixed images, smoothed labels, a teacher.
 *
 * @module
 */
import {
  softCrossEntropyBackwardKernel,
  softCrossEntropyKernel,
} from "../../kernels/losses/soft_cross_entropy.ts";
import { columnSumKernel } from "../../kernels/products/column_sum.ts";
import { callKernel, type KernelCall } from "../tensor/kernel_call.ts";
import { apply, type Op, scratch, shapeError } from "../tensor/op.ts";
import { elementCount, lastDimension, rowCount, type Value } from "../tensor/value.ts";

/** (logits (…, V), wanted (…, V)) → (loss (), saved (N, 3), which the backward pass reads). */
export const softCrossEntropyOp: Op<null> = {
  name: "soft_cross_entropy",
  infer(inputs) {
    const [logits, wanted] = inputs;
    const fits = logits.dtype === "f32" && wanted.dtype === "f32" && logits.shape.length > 0 &&
      logits.shape.join() === wanted.shape.join();
    if (!fits) {
      throw shapeError("soft_cross_entropy", inputs, "both must be (…, V) f32 of one shape");
    }
    const N = rowCount(logits.shape);
    return [{ shape: [], dtype: "f32" }, { shape: [N, 3], dtype: "f32" }];
  },
  lower({ inputs, outputs: [loss, saved] }): KernelCall[] {
    const N = rowCount(inputs[0].shape);
    const V = lastDimension(inputs[0].shape);
    const parts = scratch({ shape: [N], dtype: "f32" });
    const LANES = V <= 64 ? 8 : V <= 512 ? 32 : 256;
    return [
      callKernel(softCrossEntropyKernel, {
        constants: { N, V, LANES },
        reads: { logits: inputs[0], wanted: inputs[1] },
        writes: { saved, parts },
        extent: [Math.ceil(N / (256 / LANES))],
        flops: 6 * N * V,
      }),
      callKernel(columnSumKernel, {
        constants: { ROWS: N, COLUMNS: 1, ACCUMULATE: false },
        reads: { x: parts },
        writes: { y: loss },
        extent: [1],
        flops: N,
      }),
    ];
  },
  vjp({ inputs, outputs: [, saved], cotangents: [dloss], wants }) {
    if (!dloss || !wants(0)) return [];
    return [apply(softCrossEntropyBackwardOp, [...inputs, saved, dloss], null)[0]];
  },
  reference([logits, wanted], { inputs }) {
    const N = rowCount(inputs[0].shape);
    const V = lastDimension(inputs[0].shape);
    const saved = new Float64Array(3 * N);
    let loss = 0;
    for (let n = 0; n < N; n++) {
      const row = logits.subarray(n * V, (n + 1) * V);
      const maximum = row.reduce((a, b) => Math.max(a, b), -Infinity);
      const logSum = Math.log(row.reduce((sum, x) => sum + Math.exp(x - maximum), 0));
      let mass = 0;
      row.forEach((x, v) => {
        mass += wanted[n * V + v];
        loss += wanted[n * V + v] * (maximum + logSum - x) / N;
      });
      saved.set([maximum, logSum, mass], 3 * n);
    }
    return [Float64Array.of(loss), saved];
  },
};

/** dlogits, from inputs logits, wanted, saved and dloss. */
export const softCrossEntropyBackwardOp: Op<null> = {
  name: "soft_cross_entropy_backward",
  infer: ([logits]) => [logits],
  lower({ inputs, outputs }) {
    const count = elementCount(inputs[0].shape);
    return [callKernel(softCrossEntropyBackwardKernel, {
      constants: { N: rowCount(inputs[0].shape), V: lastDimension(inputs[0].shape) },
      reads: { logits: inputs[0], wanted: inputs[1], saved: inputs[2], dloss: inputs[3] },
      writes: { dlogits: outputs[0] },
      extent: [count],
      flops: 5 * count,
    })];
  },
  reference([logits, wanted, saved, [dloss]], { inputs }) {
    const V = lastDimension(inputs[0].shape);
    const N = logits.length / V;
    return [logits.map((logit, i) => {
      const [maximum, logSum, mass] = saved.subarray(3 * Math.floor(i / V));
      return (mass * Math.exp(logit - maximum - logSum) - wanted[i]) * dloss / N;
    })];
  },
};

/**
 * Mean over the rows of the cross entropy of wanted probabilities and `softmax(logits)`:
 * `Σ_n Σ_v −wanted[n, v] · log softmax(logits[n])[v] / N`.
 *
 * @param logits (…, V) f32.
 * @param wanted (…, V) f32, rows that sum to one; a row of zeros counts as a loss of 0. It gets no gradient.
 * @returns () f32, in nats.
 * @throws {TypeError} If the shapes differ or an operand is not f32.
 * @see Zhang et al., "mixup: Beyond Empirical Risk Minimization", arXiv 1710.09412
 */
export function softCrossEntropy(logits: Value, wanted: Value): Value {
  return apply(softCrossEntropyOp, [logits, wanted], null)[0];
}
