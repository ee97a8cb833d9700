/**
 * An activation function together with the activation quantizer that follows it.
 *
 * @module
 */
import { activationQuantizeKernel } from "../../kernels/elementwise/activation_quantize.ts";
import { quantizeToken } from "../quant/activations.ts";
import { callKernel } from "../tensor/kernel_call.ts";
import { apply, type Op, type Reference, shapeError } from "../tensor/op.ts";
import { lastDimension, rowCount, type Value } from "../tensor/value.ts";
import {
  activationBackwardOp,
  activationIndex,
  type ActivationKind,
  activations,
} from "./activation.ts";
import { isCodeWidth, rowLanes } from "./rms_norm.ts";

/** Options of {@link activationQuantize}. */
export interface ActivationQuantizeOptions {
  /** Which function. */
  readonly kind: ActivationKind;
  /** Width of the codes, 2 to 8. */
  readonly bits: number;
}

/** x (…, D) → (codes (…, D), scales (rows)) of act(x). The cotangent of the codes is that of act(x). */
export const activationQuantizeOp: Op<ActivationQuantizeOptions> = {
  name: "activation_quantize",
  infer(inputs, { bits }) {
    const [x] = inputs;
    if (x.dtype !== "f32" || x.shape.length === 0) {
      throw shapeError("activation_quantize", inputs, "it must be f32 and have rows");
    }
    if (!isCodeWidth(bits)) {
      throw shapeError("activation_quantize", inputs, `bits must be 2 to 8, got ${bits}`);
    }
    return [{ shape: x.shape, dtype: "i8" }, { shape: [rowCount(x.shape)], dtype: "f32" }];
  },
  lower({ inputs: [x], outputs, attributes: { kind, bits } }) {
    const rows = rowCount(x.shape);
    const D = lastDimension(x.shape);
    return [callKernel(activationQuantizeKernel, {
      constants: { ROWS: rows, D, KIND: activationIndex[kind], BITS: bits, LANES: rowLanes(D) },
      reads: { x },
      writes: { codes: outputs[0], scales: outputs[1] },
      extent: [rows],
      flops: 10 * rows * D,
    })];
  },
  vjp({ inputs, cotangents: [dy], attributes: { kind }, wants }) {
    if (!dy || !wants(0)) return [undefined];
    return [apply(activationBackwardOp, [inputs[0], dy], { kind })[0]];
  },
  reference([x], { inputs, attributes: { kind, bits } }) {
    const D = lastDimension(inputs[0].shape);
    const codes: Reference = x.map(activations[kind].value);
    const scales: Reference = Float64Array.from({ length: x.length / D }, (_, row) => {
      const token = codes.subarray(row * D, (row + 1) * D);
      const quantized = quantizeToken(token, bits);
      token.set(quantized.codes);
      return quantized.scale;
    });
    return [codes, scales];
  },
};

/**
 * An activation function and the absmax quantizer of its rows, in one dispatch; straight-through gradient.
 *
 * `codes = clamp(round(h · scale), -q-1, q)`, `scale = q / max(max|h|, 1e-5)`, `q = 2^(bits-1) - 1`, `h = act(x)`.
 *
 * @param x (…, D) f32.
 * @returns Codes (…, D) i8 and one scale per row (rows) f32: `codes · scale` stands for act(x).
 * @throws {TypeError} If x is not f32 or there is no such width.
 * @see Ma et al., "The Era of 1-bit LLMs: All Large Language Models are in 1.58 Bits", arXiv 2402.17764
 */
export function activationQuantize(
  x: Value,
  options: ActivationQuantizeOptions,
): { codes: Value; scales: Value } {
  const [codes, scales] = apply(activationQuantizeOp, [x], options);
  return { codes, scales };
}
