/**
 * The activation quantizer by itself.
 *
 * @module
 */
import { rmsNormKernel } from "../../kernels/norms/rms_norm.ts";
import { quantizeToken } from "../quant/activations.ts";
import { callKernel } from "../tensor/kernel_call.ts";
import { apply, type Op, scratch, shapeError } from "../tensor/op.ts";
import { lastDimension, rowCount, type Value } from "../tensor/value.ts";
import { isCodeWidth, rowLanes } from "./rms_norm.ts";

/** Options of {@link quantizeActivations}. */
export interface QuantizeActivationsOptions {
  /** Width of the codes, 2 to 8. */
  readonly bits: number;
}

/** x (…, K) → (codes (…, K), scales (rows)). */
export const quantizeActivationsOp: Op<QuantizeActivationsOptions> = {
  name: "quantize_activations",
  infer(inputs, { bits }) {
    const [x] = inputs;
    if (x.dtype !== "f32" || x.shape.length === 0) {
      throw shapeError("quantize_activations", inputs, "it must be f32 and have rows");
    }
    if (!isCodeWidth(bits)) {
      throw shapeError("quantize_activations", inputs, `bits must be 2 to 8, got ${bits}`);
    }
    return [{ shape: x.shape, dtype: "i8" }, { shape: [rowCount(x.shape)], dtype: "f32" }];
  },
  lower({ inputs: [x], outputs: [codes, scales], attributes: { bits } }) {
    const rows = rowCount(x.shape);
    const D = lastDimension(x.shape);
    return [callKernel(rmsNormKernel, {
      constants: {
        ROWS: rows,
        D,
        EPS: 0,
        BITS: bits,
        GLU: 0,
        NORM: false,
        PEAKS: false,
        LANES: rowLanes(D),
      },
      reads: { x, w: undefined },
      writes: { y: codes, scales, r: scratch({ shape: [1], dtype: "f32" }) },
      extent: [rows],
      flops: 2 * rows * D,
    })];
  },
  vjp: ({ cotangents }) => [cotangents[0]],
  reference([x], { inputs, attributes: { bits } }) {
    const D = lastDimension(inputs[0].shape);
    const codes = new Float64Array(x.length);
    const scales = Float64Array.from({ length: x.length / D }, (_, row) => {
      const token = quantizeToken(x.subarray(row * D, (row + 1) * D), bits);
      codes.set(token.codes, row * D);
      return token.scale;
    });
    return [codes, scales];
  },
};

/**
 * Quantizes every row to its own absolute maximum; straight-through gradient.
 *
 * `codes = clamp(round(x · scale), -q-1, q)`, `scale = q / max(max|x|, 1e-5)`, `q = 2^(bits-1) - 1`.
 *
 * @param x (…, K) f32.
 * @returns Codes (…, K) i8 and one scale per row (rows) f32.
 * @throws {TypeError} If x is not f32 or there is no such width.
 * @see Ma et al., "The Era of 1-bit LLMs: All Large Language Models are in 1.58 Bits", arXiv 2402.17764
 */
export function quantizeActivations(
  x: Value,
  options: QuantizeActivationsOptions,
): { codes: Value; scales: Value } {
  const [codes, scales] = apply(quantizeActivationsOp, [x], options);
  return { codes, scales };
}
