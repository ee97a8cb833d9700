/**
 * Gated linear units: one half of the features gates the other.
 *
 * @module
 */
import { gluBackwardKernel, gluKernel } from "../../kernels/elementwise/glu.ts";
import { callKernel } from "../tensor/kernel_call.ts";
import { apply, type Op, shapeError } from "../tensor/op.ts";
import { lastDimension, rowCount, type Value } from "../tensor/value.ts";
import { activations } from "./activation.ts";

/** Activation of the gate. */
export type GluKind = "silu" | "relu2";

/** Attributes of the op. */
export interface GluAttributes {
  /** Activation of the gate. */
  readonly kind: GluKind;
}

const kindIndex = { silu: 0, relu2: 1 } as const;

/** y = act(x[..., :F]) · x[..., F:]. */
export const gluOp: Op<GluAttributes> = {
  name: "glu",
  infer(inputs) {
    const [x] = inputs;
    const width = lastDimension(x.shape);
    if (x.dtype !== "f32" || x.shape.length === 0 || width % 2 !== 0) {
      throw shapeError("glu", inputs, "expected (..., 2F) f32: as many gates as values");
    }
    return [{ shape: [...x.shape.slice(0, -1), width / 2], dtype: "f32" }];
  },
  lower({ inputs, outputs, attributes }) {
    const M = rowCount(outputs[0].shape);
    const F = lastDimension(outputs[0].shape);
    return [callKernel(gluKernel, {
      constants: { M, F, KIND: kindIndex[attributes.kind] },
      reads: { x: inputs[0] },
      writes: { y: outputs[0] },
      extent: [Math.ceil(M * F / 4)],
      flops: 5 * M * F,
    })];
  },
  vjp({ inputs, cotangents, attributes, wants }) {
    const [dy] = cotangents;
    if (!dy || !wants(0)) return [undefined];
    return [apply(gluBackwardOp, [inputs[0], dy], attributes)[0]];
  },
  reference([x], { outputs, attributes }) {
    const F = lastDimension(outputs[0].shape);
    const { value } = activations[attributes.kind];
    const y = new Float64Array(x.length / 2);
    y.forEach((_, i) => {
      const gate = Math.floor(i / F) * 2 * F + i % F;
      y[i] = value(x[gate]) * x[gate + F];
    });
    return [y];
  },
};

/** dx, from inputs x and dy. */
export const gluBackwardOp: Op<GluAttributes> = {
  name: "glu_backward",
  infer: ([x]) => [x],
  lower({ inputs, outputs, attributes }) {
    const M = rowCount(inputs[1].shape);
    const F = lastDimension(inputs[1].shape);
    return [callKernel(gluBackwardKernel, {
      constants: { M, F, KIND: kindIndex[attributes.kind] },
      reads: { x: inputs[0], dy: inputs[1] },
      writes: { dx: outputs[0] },
      // Where rows are not made of whole fours, the fours of dx are worked on one by one.
      extent: [F % 4 === 0 ? M * F / 4 : Math.ceil(M * 2 * F / 4)],
      flops: 10 * M * F,
    })];
  },
  reference([x, dy], { inputs, attributes }) {
    const F = lastDimension(inputs[1].shape);
    const { value, slope } = activations[attributes.kind];
    const dx = new Float64Array(x.length);
    dy.forEach((d, i) => {
      const gate = Math.floor(i / F) * 2 * F + i % F;
      dx[gate] = d * x[gate + F] * slope(x[gate]);
      dx[gate + F] = d * value(x[gate]);
    });
    return [dx];
  },
};

/**
 * Gated linear unit: `y = act(x[..., :F]) · x[..., F:]`; with `silu` it is SwiGLU.
 *
 * @param x (..., 2F) f32: gates, then values.
 * @returns (..., F) f32.
 * @throws {TypeError} If the last dimension is odd or x is not f32.
 * @see Shazeer, "GLU Variants Improve Transformer", arXiv 2002.05202
 * @see So et al., "Primer", arXiv 2109.08668 (squared ReLU)
 */
export function glu(x: Value, kind: GluKind): Value {
  return apply(gluOp, [x], { kind })[0];
}
