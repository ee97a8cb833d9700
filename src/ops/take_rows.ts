/**
 * Some rows of a tensor, chosen on the device.
 *
 * @module
 */
import { embeddingKernel } from "../../kernels/embeddings/embedding.ts";
import { callKernel } from "../tensor/kernel_call.ts";
import { apply, type Op, shapeError } from "../tensor/op.ts";
import { lastDimension, rowCount, type Value } from "../tensor/value.ts";

/** y[n, :] = x[rows[n], :], from inputs `rows` and `x`, whose dimensions but the last count as rows. It has no gradient. */
export const takeRowsOp: Op<null> = {
  name: "take_rows",
  infer(inputs) {
    const [rows, x] = inputs;
    if (rows.dtype !== "i32" || rows.shape.length !== 1 || x.dtype !== "f32") {
      throw shapeError("take rows", inputs, "rows must be (N) i32 and x f32");
    }
    return [{ shape: [rows.shape[0], lastDimension(x.shape)], dtype: "f32" }];
  },
  lower({ inputs, outputs }) {
    const [rows, x] = inputs;
    const [N, C] = outputs[0].shape;
    return [callKernel(embeddingKernel, {
      constants: { N, V: rowCount(x.shape), C },
      reads: { ids: rows, table: x },
      writes: { y: outputs[0] },
      extent: [Math.ceil(N * C / 4)],
      bytes: 4 * (N + 2 * N * C),
    })];
  },
  reference([rows, x], { inputs }) {
    const C = lastDimension(inputs[1].shape);
    const y = new Float64Array(rows.length * C);
    rows.forEach((row, n) => y.set(x.subarray(row * C, (row + 1) * C), n * C));
    return [y];
  },
};

/**
 * Takes rows: `y[n, :] = x[rows[n], :]`.
 *
 * @param x (…, C) f32, all dimensions but the last taken as rows.
 * @param rows (N) i32; one outside of x gives zeros, and is to be found by the host.
 * @returns (N, C) f32. It has no gradient.
 * @throws {TypeError} If the element types or the shape of the rows do not fit.
 */
export function takeRows(x: Value, rows: Value): Value {
  return apply(takeRowsOp, [rows, x], null)[0];
}
