/**
 * Sums whose factors change from step to step: what simple optimizers are made of.
 *
 * @module
 */
import { scaledAddKernel } from "../../kernels/optimizer/scaled_add.ts";
import { callKernel } from "../tensor/kernel_call.ts";
import { apply, type Op, shapeError } from "../tensor/op.ts";
import { elementCount, type Value } from "../tensor/value.ts";
import { OPTIMIZER_OFFSET, STEP_BYTES, type StepValues } from "./step_values.ts";

/** Which of the optimizer's scalars are the factors. */
export interface ScaledAddFactors {
  /** Index of α, the factor of what is added. */
  readonly x: number;
  /** Index of β, the factor of what it is added to. */
  readonly y: number;
}

/** (x (…), norm (1), y (…)) → y (…), written in place. */
export const scaledAddOp: Op<ScaledAddFactors, StepValues> = {
  name: "scaled_add",
  infer(inputs) {
    const [x, , y] = inputs;
    const fits = inputs.every(({ dtype }) => dtype === "f32") && x.shape.join() === y.shape.join();
    if (!fits) throw shapeError("scaled_add", inputs, "x and y must be f32 and of one shape");
    if (elementCount(x.shape) % 4 !== 0) {
      throw shapeError("scaled_add", inputs, "the number of elements must be a multiple of four");
    }
    return [y];
  },
  lower({ inputs: [x, norm], outputs, attributes }) {
    const count = elementCount(x.shape);
    const word = (scalar: number) => OPTIMIZER_OFFSET / 4 + scalar;
    return [callKernel(scaledAddKernel, {
      constants: { COUNT: count, X_SCALAR: word(attributes.x), Y_SCALAR: word(attributes.y) },
      reads: { x, norm },
      writes: { y: outputs[0] },
      extent: [count],
      stepBytes: STEP_BYTES,
      flops: 3 * count,
    })];
  },
  reference([x, [norm], y], { attributes }, { optimizer = [] } = { step: 0, seed: 0 }) {
    if (!Number.isFinite(norm)) return [y.slice()];
    const [alpha, beta] = [optimizer[attributes.x] ?? 0, optimizer[attributes.y] ?? 0];
    return [y.map((value, i) => beta * value + alpha * x[i])];
  },
};

/**
 * y ← βy + αx in place, elementwise, α and β being scalars of the optimizer among the step values. If the norm of the
 * gradients is not finite, y stays as it is.
 *
 * @param y (…) f32 that lies in a buffer.
 * @param x (…) f32.
 * @param norm (1) f32.
 * @param factors Which of the scalars are α and β.
 * @returns y as it is then.
 * @throws {TypeError} If y lies nowhere, the shapes differ or the number of elements is no multiple of four.
 */
export function scaledAdd(y: Value, x: Value, norm: Value, factors: ScaledAddFactors): Value {
  if (!y.location) throw shapeError("scaled_add", [x, norm, y], "y must lie in a buffer");
  const [sum] = apply(scaledAddOp, [x, norm, y], factors);
  sum.location = y.location;
  return sum;
}
