/**
 * The language-model loss: softmax and cross entropy with integer targets in one op.
 *
 * @module
 */
import {
  crossEntropyBackwardKernel,
  crossEntropyKernel,
  crossEntropyMeanKernel,
} from "../../kernels/losses/cross_entropy.ts";
import { callKernel, type KernelCall } from "../tensor/kernel_call.ts";
import { apply, type Op, type Reference, shapeError } from "../tensor/op.ts";
import { elementCount, lastDimension, rowCount, type Value } from "../tensor/value.ts";

/** Targets of this value are left out, as in PyTorch. */
export const IGNORED_TARGET: number = -100;

/** Attributes of the loss. */
export interface CrossEntropyAttributes {
  /** Share of the target's probability that is spread over all classes. */
  readonly labelSmoothing: number;
}

/** What {@link crossEntropy} computes; only `loss` can be differentiated. */
export interface CrossEntropyResult {
  /** () f32: mean loss over the targets that are not ignored, in nats; 0 if all are. */
  readonly loss: Value;
  /** (N) f32: loss per target, 0 where it is ignored. */
  readonly rowLosses: Value;
  /** (N) f32: 1 where the largest logit (the first of equals) is the target's, else 0. */
  readonly correct: Value;
  /** () f32: how many targets are not ignored. */
  readonly count: Value;
}

/** Outputs loss (), count (), normalizer (N, 2), rowLosses (N) and correct (N). */
export const crossEntropyOp: Op<CrossEntropyAttributes> = {
  name: "cross_entropy",
  infer(inputs, { labelSmoothing }) {
    const [logits, targets] = inputs;
    const fits = logits.dtype === "f32" && targets.dtype === "i32" && logits.shape.length > 0 &&
      logits.shape.slice(0, -1).join() === targets.shape.join();
    if (!fits) {
      throw shapeError(
        "cross_entropy",
        inputs,
        "expected logits (..., V) f32 and targets (...) i32",
      );
    }
    if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
      throw new RangeError(
        `Cannot smooth labels by ${labelSmoothing}: it is a share between 0 and 1`,
      );
    }
    const N = rowCount(logits.shape);
    const shapes = [[], [], [N, 2], [N], [N]];
    return shapes.map((shape) => ({ shape, dtype: "f32" }));
  },
  lower({ inputs, outputs, attributes }): KernelCall[] {
    const [logits, targets] = inputs;
    const [loss, count, normalizer, rowLosses, correct] = outputs;
    const N = rowCount(logits.shape);
    const V = lastDimension(logits.shape);
    // A thread should have several logits, and a workgroup no idle threads.
    const LANES = V <= 64 ? 8 : V <= 512 ? 32 : 256;
    return [
      callKernel(crossEntropyKernel, {
        constants: { N, V, LANES, SMOOTHING: attributes.labelSmoothing },
        reads: { logits, targets },
        writes: { normalizer, rowLosses, correct },
        extent: [Math.ceil(N / (256 / LANES))],
        flops: 4 * N * V,
      }),
      callKernel(crossEntropyMeanKernel, {
        constants: { N, V },
        reads: { rowLosses, targets },
        writes: { loss, count },
        extent: [1],
        flops: 2 * N,
      }),
    ];
  },
  vjp({ inputs, outputs, cotangents, attributes, wants }) {
    const [logits, targets] = inputs;
    const [, count, normalizer] = outputs;
    const [dloss, ...others] = cotangents;
    if (others.some((cotangent) => cotangent)) {
      throw new TypeError(
        "Cannot differentiate cross_entropy by its row losses or counts: only the mean loss has " +
          "a gradient",
      );
    }
    if (!dloss || !wants(0)) return [undefined, undefined];
    const operands = [logits, targets, normalizer, count, dloss];
    return [apply(crossEntropyBackwardOp, operands, attributes)[0], undefined];
  },
  reference([logits, targets], { inputs, attributes }) {
    const N = rowCount(inputs[0].shape);
    const V = lastDimension(inputs[0].shape);
    const { labelSmoothing } = attributes;
    const normalizer: Reference = new Float64Array(N * 2);
    const rowLosses: Reference = new Float64Array(N);
    const correct: Reference = new Float64Array(N);
    let count = 0;
    for (let n = 0; n < N; n++) {
      const row = logits.subarray(n * V, (n + 1) * V);
      const maximum = row.reduce((a, b) => Math.max(a, b), -Infinity);
      const logSum = Math.log(row.reduce((sum, x) => sum + Math.exp(x - maximum), 0));
      normalizer.set([maximum, logSum], 2 * n);
      const target = targets[n];
      if (!(target >= 0 && target < V)) continue;
      count++;
      const mean = row.reduce((sum, x) => sum + x, 0) / V;
      rowLosses[n] = (1 - labelSmoothing) * (maximum + logSum - row[target]) +
        labelSmoothing * (maximum + logSum - mean);
      correct[n] = Number(row.indexOf(maximum) === target);
    }
    const loss = rowLosses.reduce((sum, x) => sum + x, 0) / Math.max(count, 1);
    return [Float64Array.of(loss), Float64Array.of(count), normalizer, rowLosses, correct];
  },
};

/** dlogits, from inputs logits, targets, normalizer, count and dloss. */
export const crossEntropyBackwardOp: Op<CrossEntropyAttributes> = {
  name: "cross_entropy_backward",
  infer: ([logits]) => [logits],
  lower({ inputs, outputs, attributes }) {
    const N = rowCount(inputs[0].shape);
    const V = lastDimension(inputs[0].shape);
    return [callKernel(crossEntropyBackwardKernel, {
      constants: { N, V, SMOOTHING: attributes.labelSmoothing },
      reads: {
        logits: inputs[0],
        targets: inputs[1],
        normalizer: inputs[2],
        count: inputs[3],
        dloss: inputs[4],
      },
      writes: { dlogits: outputs[0] },
      extent: [Math.ceil(elementCount(inputs[0].shape) / 4)],
      flops: 5 * N * V,
    })];
  },
  reference([logits, targets, normalizer, count, dloss], { inputs, attributes }) {
    const V = lastDimension(inputs[0].shape);
    const { labelSmoothing } = attributes;
    return [logits.map((logit, i) => {
      const n = Math.floor(i / V);
      const target = targets[n];
      if (!(target >= 0 && target < V)) return 0;
      const p = Math.exp(logit - normalizer[2 * n] - normalizer[2 * n + 1]);
      const wanted = (i % V === target ? 1 - labelSmoothing : 0) + labelSmoothing / V;
      return (p - wanted) * dloss[0] / count[0];
    })];
  },
};

/**
 * Cross entropy of `softmax(logits)` and integer targets:
 * `mean of (1 − e) · −log p[target] + e · mean over classes of −log p`, e the label smoothing.
 *
 * A target of −100, or any other outside `0..V−1`, is ignored. If all are, the loss and its gradient are 0.
 *
 * @param logits (..., V) f32.
 * @param targets (...) i32.
 * @throws {TypeError} If the shapes or element types do not fit.
 * @throws {RangeError} If `labelSmoothing` is not between 0 and 1.
 * @see Szegedy et al., "Rethinking the Inception Architecture", arXiv 1512.00567, section 7 (label smoothing)
 */
export function crossEntropy(
  logits: Value,
  targets: Value,
  options: { readonly labelSmoothing?: number } = {},
): CrossEntropyResult {
  const { labelSmoothing = 0 } = options;
  const [loss, count, , rowLosses, correct] = apply(crossEntropyOp, [logits, targets], {
    labelSmoothing,
  });
  return { loss, rowLosses, correct, count };
}
