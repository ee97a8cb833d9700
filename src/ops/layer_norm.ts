/**
 * Layer norm, alone or together with the activation quantizer that follows it.
 *
 * @module
 */
import { layerNormBackwardKernel, layerNormKernel } from "../../kernels/norms/layer_norm.ts";
import { quantizeToken } from "../quant/activations.ts";
import { callKernel } from "../tensor/kernel_call.ts";
import { apply, type Op, type Reference, scratch, shapeError } from "../tensor/op.ts";
import {
  elementCount,
  lastDimension,
  rowCount,
  type TensorType,
  type Value,
} from "../tensor/value.ts";
import { isCodeWidth, rowLanes } from "./rms_norm.ts";

/** Options of {@link layerNorm}. */
export interface LayerNormOptions {
  /** Added to the variance. */
  readonly eps: number;
}

/** Options of {@link layerNormQuantize}. */
export interface LayerNormQuantizeOptions extends LayerNormOptions {
  /** Width of the codes, 2 to 8. */
  readonly bits: number;
}

/**
 * (x (…, D), w (D), b (D)) → (y (…, D), moments (rows, 2)) or, with bits ≤ 8, (codes (…, D), scales (rows),
 * moments (rows, 2)); the moments, mean and 1 / √(variance + eps), are kept for the backward pass. The cotangent
 * of the codes is that of y. 32 bits: not quantized.
 */
export const layerNormOp: Op<LayerNormQuantizeOptions> = {
  name: "layer_norm",
  infer(inputs, { bits }) {
    const [x, w, b] = inputs;
    if (inputs.some(({ dtype }) => dtype !== "f32")) {
      throw shapeError("layer_norm", inputs, "not f32");
    }
    const D = x.shape.at(-1);
    if (D === undefined || w.shape.join() !== `${D}` || b.shape.join() !== `${D}`) {
      throw shapeError("layer_norm", inputs, "the shapes must be (…, D), (D) and (D)");
    }
    if (bits !== 32 && !isCodeWidth(bits)) {
      throw shapeError("layer_norm", inputs, `bits must be 32 or 2 to 8, got ${bits}`);
    }
    const rows = rowCount(x.shape);
    const moments: TensorType = { shape: [rows, 2], dtype: "f32" };
    if (bits === 32) return [x, moments];
    return [{ shape: x.shape, dtype: "i8" }, { shape: [rows], dtype: "f32" }, moments];
  },
  lower({ inputs: [x, w, b], outputs, attributes: { eps, bits } }) {
    const rows = rowCount(x.shape);
    const D = lastDimension(x.shape);
    const [y, scales, moments] = bits === 32
      ? [outputs[0], scratch({ shape: [1], dtype: "f32" }), outputs[1]]
      : outputs;
    return [callKernel(layerNormKernel, {
      constants: { ROWS: rows, D, EPS: eps, BITS: bits, LANES: rowLanes(D) },
      reads: { x, w, b },
      writes: { y, scales, moments },
      extent: [rows],
      flops: 7 * rows * D,
    })];
  },
  vjp({ inputs: [x, w], outputs, cotangents: [dy], takePending, storesInto }) {
    if (!dy) return [];
    const pending = takePending(0);
    const accumulateGain = storesInto(1).accumulate;
    const accumulateBias = storesInto(2).accumulate;
    const moments = outputs[outputs.length - 1];
    const operands = pending ? [dy, x, w, moments, pending] : [dy, x, w, moments];
    return apply(layerNormBackwardOp, operands, { accumulateGain, accumulateBias });
  },
  reference([x, w, b], { attributes: { eps, bits } }) {
    const D = w.length;
    const rows = x.length / D;
    const y: Reference = new Float64Array(x.length);
    const moments: Reference = new Float64Array(2 * rows);
    const scales: Reference = new Float64Array(rows);
    for (let row = 0; row < rows; row++) {
      const token = x.subarray(row * D, (row + 1) * D);
      const mean = token.reduce((sum, value) => sum + value, 0) / D;
      const variance = token.reduce((sum, value) => sum + (value - mean) ** 2, 0) / D;
      const r = 1 / Math.sqrt(variance + eps);
      moments.set([mean, r], 2 * row);
      const result = token.map((value, i) => w[i] * (value - mean) * r + b[i]);
      if (bits === 32) {
        y.set(result, row * D);
        continue;
      }
      const { codes, scale } = quantizeToken(result, bits);
      y.set(codes, row * D);
      scales[row] = scale;
    }
    return bits === 32 ? [y, moments] : [y, scales, moments];
  },
};

/** Attributes of the backward op. */
export interface LayerNormBackwardAttributes {
  /** Add to the gain gradient that is there. */
  readonly accumulateGain: boolean;
  /** Add to the bias gradient that is there. */
  readonly accumulateBias: boolean;
}

/** (dy, x, w, moments, pending?) → (dx + pending, dw, db), in one dispatch. */
export const layerNormBackwardOp: Op<LayerNormBackwardAttributes> = {
  name: "layer_norm_backward",
  infer: ([, x, w]) => [x, w, w],
  lower({ inputs: [dy, x, w, moments, pending], outputs, attributes }) {
    const rows = rowCount(x.shape);
    const D = lastDimension(x.shape);
    const lanes = rowLanes(D);
    return [callKernel(layerNormBackwardKernel, {
      constants: {
        ROWS: rows,
        D,
        LANES: lanes,
        ACCUMULATE_W: attributes.accumulateGain,
        ACCUMULATE_B: attributes.accumulateBias,
      },
      reads: { dy, x, w, moments, pending },
      writes: { dx: outputs[0], dw: outputs[1], db: outputs[2] },
      extent: [Math.ceil(D / 16) + Math.ceil(rows / (256 / lanes))],
      flops: 14 * elementCount(x.shape),
    })];
  },
  reference([dy, x, w, moments, pending]) {
    const D = w.length;
    const dx = pending ? pending.slice() : new Float64Array(x.length);
    const dw = new Float64Array(D);
    const db = new Float64Array(D);
    for (let row = 0; row < x.length / D; row++) {
      const [mean, r] = moments.subarray(2 * row, 2 * row + 2);
      const at = (c: number) => {
        const i = row * D + c;
        return { i, g: dy[i] * w[c], h: (x[i] - mean) * r };
      };
      let meanG = 0;
      let meanGh = 0;
      for (let c = 0; c < D; c++) {
        const { i, g, h } = at(c);
        meanG += g / D;
        meanGh += g * h / D;
        dw[c] += dy[i] * h;
        db[c] += dy[i];
      }
      for (let c = 0; c < D; c++) {
        const { i, g, h } = at(c);
        dx[i] += r * (g - meanG - h * meanGh);
      }
    }
    return [dx, dw, db];
  },
};

/**
 * Shifts and scales every row to mean zero and variance one, then by a gain and a bias.
 *
 * `y = w · (x − mean) / √(variance + eps) + b`, the variance that of the row, not an estimate.
 *
 * @param x (…, D) f32.
 * @param w (D) f32, the gain.
 * @param b (D) f32, the bias.
 * @returns (…, D) f32.
 * @throws {TypeError} If the shapes do not fit or an operand is not f32.
 * @see Ba et al., "Layer Normalization", arXiv 1607.06450
 */
export function layerNorm(x: Value, w: Value, b: Value, options: LayerNormOptions): Value {
  return apply(layerNormOp, [x, w, b], { ...options, bits: 32 })[0];
}

/**
 * {@link layerNorm} and the absmax quantizer of its rows, in one dispatch; straight-through gradient.
 *
 * `codes = clamp(round(y · scale), -q-1, q)`, `scale = q / max(max|y|, 1e-5)`, `q = 2^(bits-1) - 1`, y the norm.
 *
 * @param x (…, D) f32.
 * @param w (D) f32, the gain.
 * @param b (D) f32, the bias.
 * @returns Codes (…, D) i8 and one scale per row (rows) f32: `codes · scale` stands for the norm.
 * @throws {TypeError} If the shapes do not fit, an operand is not f32 or there is no such width.
 * @see Ma et al., "The Era of 1-bit LLMs: All Large Language Models are in 1.58 Bits", arXiv 2402.17764
 */
export function layerNormQuantize(
  x: Value,
  w: Value,
  b: Value,
  options: LayerNormQuantizeOptions,
): { codes: Value; scales: Value } {
  const [codes, scales] = apply(layerNormOp, [x, w, b], options);
  return { codes, scales };
}
