/**
 * The sum of two tensors: the one op that reverse mode itself needs, where a value was used twice.
 *
 * @module
 */
import { addKernel } from "../../kernels/elementwise/add.ts";
import { callKernel } from "./kernel_call.ts";
import { apply, type Op, shapeError } from "./op.ts";
import { elementCount, type Value } from "./value.ts";

/** y = a + b, elementwise. */
export const addOp: Op<null> = {
  name: "add",
  infer(inputs) {
    const [a, b] = inputs;
    if (a.dtype !== "f32" || b.dtype !== "f32" || a.shape.join() !== b.shape.join()) {
      throw shapeError("add", inputs, "both must be f32 and of one shape");
    }
    return [a];
  },
  lower({ inputs, outputs }) {
    const count = elementCount(outputs[0].shape);
    return [callKernel(addKernel, {
      constants: { COUNT: count, ACCUMULATE: false },
      reads: { a: inputs[0], b: inputs[1] },
      writes: { y: outputs[0] },
      extent: [count],
      flops: count,
    })];
  },
  vjp: ({ cotangents }) => [cotangents[0], cotangents[0]],
  reference: ([a, b]) => [a.map((value, i) => value + b[i])],
};

/**
 * The elementwise sum `y = a + b`.
 *
 * @param a (...) f32.
 * @param b f32 of the same shape.
 * @returns The same shape.
 * @throws {TypeError} If the shapes differ or an operand is not f32.
 */
export function add(a: Value, b: Value): Value {
  return apply(addOp, [a, b], null)[0];
}

/** Writes a tensor to the place its output is given, or adds it to what is there. */
export const storeOp: Op<{ readonly accumulate: boolean }> = {
  name: "store",
  infer: (inputs) => [inputs[0]],
  lower({ inputs, outputs, attributes }) {
    const count = elementCount(outputs[0].shape);
    return [callKernel(addKernel, {
      constants: { COUNT: count, ACCUMULATE: attributes.accumulate },
      reads: { a: inputs[0], b: undefined },
      writes: { y: outputs[0] },
      extent: [count],
      flops: attributes.accumulate ? count : 0,
    })];
  },
  reference: ([a]) => [a],
};

/**
 * A copy of `a` that can be given a place of its own: `y = a`, or `y += a` with `accumulate`.
 *
 * @param a (...) f32.
 * @returns The same shape; set its `location` before the plan is made.
 */
export function store(a: Value, accumulate: boolean): Value {
  return apply(storeOp, [a], { accumulate })[0];
}
