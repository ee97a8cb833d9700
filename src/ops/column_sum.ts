/**
 * Sums over rows: the gradient of what is added to every row.
 *
 * @module
 */
import { columnSumKernel } from "../../kernels/products/column_sum.ts";
import { callKernel } from "../tensor/kernel_call.ts";
import { apply, type Op, shapeError } from "../tensor/op.ts";
import { elementCount, type Shape, type Value } from "../tensor/value.ts";

/** Attributes of the op. */
export interface ColumnSumAttributes {
  /** Shape of the sum; x is as many rows of it as it has elements for. */
  readonly shape: Shape;
  /** Add to what the output holds. */
  readonly accumulate: boolean;
}

/** y = Σ over the rows of x, each of the shape of y. */
export const columnSumOp: Op<ColumnSumAttributes> = {
  name: "column_sum",
  infer(inputs, { shape }) {
    const [x] = inputs;
    if (x.dtype !== "f32" || elementCount(x.shape) % elementCount(shape) !== 0) {
      throw shapeError(
        "column_sum",
        inputs,
        `it must be f32 and consist of rows of shape (${shape.join(", ")})`,
      );
    }
    return [{ shape, dtype: "f32" }];
  },
  lower({ inputs: [x], outputs, attributes }) {
    const count = elementCount(x.shape);
    const COLUMNS = elementCount(outputs[0].shape);
    return [callKernel(columnSumKernel, {
      constants: { ROWS: count / COLUMNS, COLUMNS, ACCUMULATE: attributes.accumulate },
      reads: { x },
      writes: { y: outputs[0] },
      extent: [COLUMNS],
      flops: count,
    })];
  },
  reference([x], { outputs }) {
    const y = new Float64Array(elementCount(outputs[0].shape));
    x.forEach((value, i) => y[i % y.length] += value);
    return [y];
  },
};

/**
 * Sums rows: `y[i] = Σ_r x[r, i]`, or `y[i] += …` with `accumulate`.
 *
 * @param x f32, taken as rows of the shape of the result.
 * @param shape Shape of the result.
 * @returns f32 of that shape.
 * @throws {TypeError} If x is not f32 or has no whole number of such rows.
 */
export function columnSum(
  x: Value,
  shape: Shape,
  { accumulate = false }: { readonly accumulate?: boolean } = {},
): Value {
  return apply(columnSumOp, [x], { shape, accumulate })[0];
}
