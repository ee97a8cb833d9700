/**
 * One vector per sequence: its first token, the mean, or a weighted sum whose weights are learned.
 *
 * @module
 */
import { poolBackwardKernel, poolKernel } from "../../kernels/images/pool.ts";
import { callKernel } from "../tensor/kernel_call.ts";
import { apply, type Op, type Reference, scratch, shapeError } from "../tensor/op.ts";
import { byteLengthOf, elementCount, type Value } from "../tensor/value.ts";

/** What the weights of the tokens are: one for the first, equal ones, or the softmax of scores. */
export type PoolMode = "first" | "mean" | "softmax";

/** Attributes of the op. */
export interface PoolAttributes {
  /** Weights of the tokens; `softmax` takes scores. */
  readonly mode: PoolMode;
}

const modeIndex = { first: 0, mean: 1, softmax: 2 } as const;

/** Weights of the tokens in float64, (B, T). */
function weights(mode: PoolMode, B: number, T: number, scores: Reference | undefined): Reference {
  const p = new Float64Array(B * T);
  if (mode !== "softmax" || !scores) {
    return p.map((_, i) => mode === "mean" ? 1 / T : Number(i % T === 0));
  }
  for (let b = 0; b < B; b++) {
    const row = scores.subarray(b * T, (b + 1) * T);
    const peak = row.reduce((largest, score) => Math.max(largest, score), -Infinity);
    const total = row.reduce((sum, score) => sum + Math.exp(score - peak), 0);
    p.set(row.map((score) => Math.exp(score - peak) / total), b * T);
  }
  return p;
}

/** (x (B, T, C), scores (B, T, 1)?) → (y (B, C), weights (B, T) if softmax, which the backward pass reads). */
export const poolOp: Op<PoolAttributes> = {
  name: "pool",
  infer(inputs, { mode }) {
    const [x, scores] = inputs;
    const [B, T, C] = x.shape;
    const fits = inputs.every(({ dtype }) => dtype === "f32") && x.shape.length === 3 &&
      (mode === "softmax") === (scores !== undefined) &&
      (!scores || scores.shape.join() === [B, T, 1].join());
    if (!fits) {
      const wanted = mode === "softmax"
        ? "(B, T, C) f32 and scores (B, T, 1) f32"
        : "(B, T, C) f32";
      throw shapeError("pool", inputs, `expected ${wanted}`);
    }
    const y = { shape: [B, C], dtype: "f32" } as const;
    return scores ? [y, { shape: [B, T], dtype: "f32" }] : [y];
  },
  lower({ inputs: [x, scores], outputs: [y, p], attributes: { mode } }) {
    const [B, T, C] = x.shape;
    return [callKernel(poolKernel, {
      constants: { B, T, C, MODE: modeIndex[mode] },
      reads: { x, scores },
      writes: { y, p: p ?? scratch({ shape: [1], dtype: "f32" }) },
      extent: [B],
      flops: mode === "first" ? 0 : 2 * B * T * C,
      bytes: mode === "first" ? 2 * byteLengthOf(y) : undefined,
    })];
  },
  vjp({ inputs: [x, scores], outputs: [, p], cotangents: [dy], attributes, takePending }) {
    if (!dy) return [];
    const pending = takePending(0);
    const operands = [dy, x, ...(scores ? [p] : []), ...(pending ? [pending] : [])];
    return apply(poolBackwardOp, operands, attributes);
  },
  reference([x, scores], { inputs, attributes: { mode } }) {
    const [B, T, C] = inputs[0].shape;
    const p = weights(mode, B, T, scores);
    const y = new Float64Array(B * C);
    x.forEach((value, i) => y[Math.floor(i / (T * C)) * C + i % C] += p[Math.floor(i / C)] * value);
    return scores ? [y, p] : [y];
  },
};

/** (dy, x, weights if softmax, pending?) → (dx + pending, dscores if softmax). */
export const poolBackwardOp: Op<PoolAttributes> = {
  name: "pool_backward",
  infer([, x], { mode }) {
    const [B, T] = x.shape;
    return mode === "softmax" ? [x, { shape: [B, T, 1], dtype: "f32" }] : [x];
  },
  lower({ inputs: [dy, x, ...others], outputs: [dx, dscores], attributes: { mode } }) {
    const [B, T, C] = x.shape;
    const [p, pending] = mode === "softmax" ? others : [undefined, ...others];
    return [callKernel(poolBackwardKernel, {
      constants: { B, T, C, MODE: modeIndex[mode] },
      reads: { dy, x: p ? x : undefined, p, pending },
      writes: { dx, dscores: dscores ?? scratch({ shape: [1], dtype: "f32" }) },
      extent: [B],
      flops: (p ? 3 : 1) * elementCount(x.shape),
    })];
  },
  reference([dy, x, ...others], { inputs, attributes: { mode } }) {
    const [B, T, C] = inputs[1].shape;
    const [saved, pending] = mode === "softmax" ? others : [undefined, ...others];
    const p = saved ?? weights(mode, B, T, undefined);
    const dx = pending ? pending.slice() : new Float64Array(x.length);
    const products = new Float64Array(B * T);
    dx.forEach((_, i) => {
      const token = Math.floor(i / C);
      const slope = dy[Math.floor(token / T) * C + i % C];
      dx[i] += p[token] * slope;
      products[token] += slope * x[i];
    });
    if (!saved) return [dx];
    const totals = new Float64Array(B);
    products.forEach((product, i) => totals[Math.floor(i / T)] += p[i] * product);
    return [dx, products.map((product, i) => p[i] * (product - totals[Math.floor(i / T)]))];
  },
};

/**
 * One token or the mean of a sequence: `y[b] = x[b, 0]` or `y[b] = Σ_t x[b, t] / T`.
 *
 * @param x (B, T, C) f32.
 * @returns (B, C) f32.
 * @throws {TypeError} If x is not of three dimensions or not f32.
 */
export function pool(x: Value, mode: "first" | "mean"): Value {
  return apply(poolOp, [x], { mode })[0];
}

/**
 * A weighted sum of the tokens of a sequence: `y[b] = Σ_t softmax_t(scores[b]) x[b, t]`.
 *
 * @param x (B, T, C) f32.
 * @param scores (B, T, 1) f32, of a linear layer say.
 * @returns (B, C) f32.
 * @throws {TypeError} If the shapes do not fit or an operand is not f32.
 * @see Hassani et al., "Escaping the Big Data Paradigm with Compact Transformers", arXiv 2104.05704, section 3.2
 */
export function softmaxPool(x: Value, scores: Value): Value {
  return apply(poolOp, [x, scores], { mode: "softmax" })[0];
}
