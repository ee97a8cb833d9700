/**
 * Adds one tensor to every row, or every sequence, of another: biases and learned positions.
 *
 * @module
 */
import { broadcastAddKernel } from "../../kernels/elementwise/broadcast_add.ts";
import { callKernel } from "../tensor/kernel_call.ts";
import { apply, type Op, shapeError } from "../tensor/op.ts";
import { elementCount, type Shape, type Value } from "../tensor/value.ts";
import { columnSum } from "./column_sum.ts";

/** Without the leading dimensions of one. */
function trimmed(shape: Shape): Shape {
  const first = shape.findIndex((dimension) => dimension !== 1);
  return first < 0 ? [] : shape.slice(first);
}

/** y = x + b, from inputs x (…, *S) and b (*S); b may have leading dimensions of one. */
export const broadcastAddOp: Op<null> = {
  name: "broadcast_add",
  infer(inputs) {
    const [x, b] = inputs;
    const suffix = trimmed(b.shape);
    const fits = x.dtype === "f32" && b.dtype === "f32" && suffix.length <= x.shape.length &&
      suffix.join() === x.shape.slice(x.shape.length - suffix.length).join();
    if (!fits) {
      throw shapeError("broadcast_add", inputs, "the second must be f32 and end the first's shape");
    }
    return [x];
  },
  lower({ inputs: [x, b], outputs }) {
    const COUNT = elementCount(x.shape);
    return [callKernel(broadcastAddKernel, {
      constants: { COUNT, PERIOD: elementCount(b.shape) },
      reads: { x, b },
      writes: { y: outputs[0] },
      extent: [Math.ceil(COUNT / 4)],
      flops: COUNT,
    })];
  },
  vjp({ inputs: [, b], cotangents: [dy], wants, storesInto }) {
    if (!dy) return [];
    return [dy, wants(1) ? columnSum(dy, b.shape, storesInto(1)) : undefined];
  },
  reference: ([x, b]) => [x.map((value, i) => value + b[i % b.length])],
};

/**
 * Adds `b` to every part of `x` that has its shape: `y[…, i] = x[…, i] + b[i]`.
 *
 * @param x (…, *S) f32.
 * @param b (*S) f32, S the last dimensions of x; leading dimensions of one do not count.
 * @returns (…, *S) f32.
 * @throws {TypeError} If the shapes do not fit or an operand is not f32.
 */
export function broadcastAdd(x: Value, b: Value): Value {
  return apply(broadcastAddOp, [x, b], null)[0];
}
