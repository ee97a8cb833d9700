/**
 * The largest absolute value of every row.
 *
 * @module
 */
import { rowPeaksKernel } from "../../kernels/quantizers/row_peaks.ts";
import { callKernel } from "../tensor/kernel_call.ts";
import { apply, type Op, shapeError } from "../tensor/op.ts";
import { lastDimension, rowCount, type Value } from "../tensor/value.ts";
import { rowLanes } from "./rms_norm.ts";

/** x (…, D) → (rows). It has no gradient. */
export const rowPeaksOp: Op<null> = {
  name: "row_peaks",
  infer(inputs) {
    const [x] = inputs;
    if (x.dtype !== "f32" || x.shape.length === 0) {
      throw shapeError("row_peaks", inputs, "it must be f32 and have rows");
    }
    return [{ shape: [rowCount(x.shape)], dtype: "f32" }];
  },
  lower({ inputs: [x], outputs }) {
    const ROWS = rowCount(x.shape);
    const D = lastDimension(x.shape);
    const LANES = rowLanes(D);
    return [callKernel(rowPeaksKernel, {
      constants: { ROWS, D, LANES },
      reads: { x },
      writes: { peaks: outputs[0] },
      extent: [Math.ceil(ROWS / (256 / LANES))],
      flops: ROWS * D,
    })];
  },
  reference([x], { inputs }) {
    const D = lastDimension(inputs[0].shape);
    const peaks = new Float64Array(x.length / D);
    x.forEach((value, i) => {
      const row = Math.floor(i / D);
      peaks[row] = Math.max(peaks[row], Math.abs(value));
    });
    return [peaks];
  },
};

/**
 * The largest absolute value of every row: `peaks[m] = max_c |x[m, c]|`. NaN where there is one.
 *
 * @param x (…, D) f32.
 * @returns (rows) f32. It has no gradient.
 * @throws {TypeError} If x is not f32 or has no rows.
 */
export function rowPeaks(x: Value): Value {
  return apply(rowPeaksOp, [x], null)[0];
}
