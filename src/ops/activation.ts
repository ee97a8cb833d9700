/**
 * Elementwise activation functions.
 *
 * @module
 */
import {
  activationBackwardKernel,
  activationKernel,
} from "../../kernels/elementwise/activation.ts";
import { callKernel } from "../tensor/kernel_call.ts";
import { apply, type Op, shapeError } from "../tensor/op.ts";
import { elementCount, type Value } from "../tensor/value.ts";

/** Name of an activation function. */
export type ActivationKind = "silu" | "relu2" | "gelu" | "gelu_tanh" | "quick_gelu";

/** Attributes of the op. */
export interface ActivationAttributes {
  /** Which function. */
  readonly kind: ActivationKind;
}

/** Number under which the kernels know a function. */
export const activationIndex: Readonly<Record<ActivationKind, number>> = {
  silu: 0,
  relu2: 1,
  gelu: 2,
  gelu_tanh: 3,
  quick_gelu: 4,
};

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** `x σ(c x)`. */
const swish = (c: number): ScalarFunction => ({
  value: (x) => x * sigmoid(c * x),
  slope: (x) => sigmoid(c * x) + c * x * sigmoid(c * x) * (1 - sigmoid(c * x)),
});

/** A function of one number and its derivative. */
export interface ScalarFunction {
  /** f(x). */
  value(x: number): number;
  /** f'(x). */
  slope(x: number): number;
}

/** The activation functions in float64. */
export const activations: Readonly<Record<ActivationKind, ScalarFunction>> = {
  silu: swish(1),
  relu2: { value: (x) => Math.max(x, 0) ** 2, slope: (x) => 2 * Math.max(x, 0) },
  gelu: {
    value: (x) => x * normalDistribution(x),
    slope: (x) => normalDistribution(x) + x * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI),
  },
  gelu_tanh: {
    value: (x) => x * sigmoid(2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)),
    slope(x) {
      const c = 2 * Math.sqrt(2 / Math.PI);
      const s = sigmoid(c * (x + 0.044715 * x ** 3));
      return s + x * s * (1 - s) * c * (1 + 3 * 0.044715 * x * x);
    },
  },
  quick_gelu: swish(1.702),
};

/** Φ(x) = (1 + erf(x / √2)) / 2, by the series of Abramowitz and Stegun 26.2.11, whose terms are positive. */
function normalDistribution(x: number): number {
  if (Math.abs(x) > 9) return x > 0 ? 1 : 0;
  let term = x;
  let sum = x;
  for (let n = 3; Math.abs(term) > 1e-18 * Math.abs(sum); n += 2) {
    term *= x * x / n;
    sum += term;
  }
  return 0.5 + sum * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
}

/** y = act(x), elementwise. */
export const activationOp: Op<ActivationAttributes> = {
  name: "activation",
  infer(inputs) {
    if (inputs[0].dtype !== "f32") throw shapeError("activation", inputs, "expected f32");
    return [inputs[0]];
  },
  lower({ inputs, outputs, attributes }) {
    const COUNT = elementCount(outputs[0].shape);
    return [callKernel(activationKernel, {
      constants: { COUNT, KIND: activationIndex[attributes.kind] },
      reads: { x: inputs[0] },
      writes: { y: outputs[0] },
      extent: [Math.ceil(COUNT / 4)],
      flops: 8 * COUNT,
    })];
  },
  vjp({ inputs, cotangents, attributes, wants }) {
    const [dy] = cotangents;
    if (!dy || !wants(0)) return [undefined];
    return [apply(activationBackwardOp, [inputs[0], dy], attributes)[0]];
  },
  reference: ([x], { attributes }) => [x.map(activations[attributes.kind].value)],
};

/** dx = dy · act'(x), from inputs x and dy. */
export const activationBackwardOp: Op<ActivationAttributes> = {
  name: "activation_backward",
  infer: ([x]) => [x],
  lower({ inputs, outputs, attributes }) {
    const COUNT = elementCount(outputs[0].shape);
    return [callKernel(activationBackwardKernel, {
      constants: { COUNT, KIND: activationIndex[attributes.kind] },
      reads: { x: inputs[0], dy: inputs[1] },
      writes: { dx: outputs[0] },
      extent: [Math.ceil(COUNT / 4)],
      flops: 12 * COUNT,
    })];
  },
  reference([x, dy], { attributes }) {
    const { slope } = activations[attributes.kind];
    return [x.map((value, i) => slope(value) * dy[i])];
  },
};

/**
 * An activation function, elementwise: `silu` x σ(x), `relu2` max(x, 0)², `gelu` x Φ(x), `gelu_tanh` its
 * tanh approximation, `quick_gelu` x σ(1.702 x).
 *
 * @param x (...) f32.
 * @returns (...) f32.
 * @throws {TypeError} If x is not f32.
 * @see Hendrycks and Gimpel, "Gaussian Error Linear Units", arXiv 1606.08415
 * @see So et al., "Primer", arXiv 2109.08668 (squared ReLU)
 */
export function activation(x: Value, kind: ActivationKind): Value {
  return apply(activationOp, [x], { kind })[0];
}
