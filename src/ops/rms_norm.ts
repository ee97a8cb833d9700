/**
 * RMS norm, alone or together with the activation quantizer that follows it.
 *
 * @module
 */
import { rmsNormBackwardKernel, rmsNormKernel } from "../../kernels/norms/rms_norm.ts";
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
import { activations } from "./activation.ts";
import type { GluKind } from "./glu.ts";

/** Options of {@link rmsNorm}. */
export interface RmsNormOptions {
  /** Added to the mean square. */
  readonly eps: number;
  /** Take `act(gate) · up` of an x = (gate, up) twice as wide. */
  readonly glu?: GluKind;
}

/** Options of {@link rmsNormQuantize}. */
export interface RmsNormQuantizeOptions extends RmsNormOptions {
  /** Width of the codes, 2 to 8. */
  readonly bits: number;
}

/** Attributes of the op. */
export interface RmsNormAttributes extends RmsNormOptions {
  /** 32: not quantized. */
  readonly bits: number;
  /** Whether max|y| of every row is an output, in place of the scales; only with 32 bits. */
  readonly peaks?: boolean;
}

const gluConstants: Readonly<Record<GluKind, number>> = { silu: 1, relu2: 2 };

const gluConstant = (glu: GluKind | undefined) => glu ? gluConstants[glu] : 0;

/**
 * Threads of `kernels/norms/rms_norm.wgsl` per row: a power of two. Up to 16 columns for each, because a software
 * GPU pays for every thread and a hardware one does not lack rows.
 */
export function rowLanes(columns: number): number {
  return Math.min(256, Math.max(16, 2 ** Math.ceil(Math.log2(columns / 16))));
}

/** Whether codes of this width exist. */
export function isCodeWidth(bits: number): boolean {
  return Number.isInteger(bits) && bits >= 2 && bits <= 8;
}

/**
 * (x (…, D) or (…, 2D), w (D)) → (y (…, D), r (rows)) or, with bits ≤ 8, (codes (…, D), scales (rows), r (rows)) or,
 * with peaks, (y (…, D), max|y| (rows), r (rows)); r = 1 / √(mean h² + eps) is kept for the backward pass. The
 * cotangent of the codes is that of y; peaks pass none.
 */
export const rmsNormOp: Op<RmsNormAttributes> = {
  name: "rms_norm",
  infer(inputs, { bits, glu, peaks = false }) {
    const [x, w] = inputs;
    if (x.dtype !== "f32" || w.dtype !== "f32") throw shapeError("rms_norm", inputs, "not f32");
    const columns = w.shape[0] * (glu ? 2 : 1);
    if (w.shape.length !== 1 || x.shape.at(-1) !== columns) {
      const wanted = glu ? "(…, 2D) and (D)" : "(…, D) and (D)";
      throw shapeError("rms_norm", inputs, `the shapes must be ${wanted}`);
    }
    if (bits !== 32 && !isCodeWidth(bits)) {
      throw shapeError("rms_norm", inputs, `bits must be 32 or 2 to 8, got ${bits}`);
    }
    const rows: TensorType = { shape: [rowCount(x.shape)], dtype: "f32" };
    const shape = [...x.shape.slice(0, -1), w.shape[0]];
    if (bits < 32) return [{ shape, dtype: "i8" }, rows, rows];
    return peaks ? [{ shape, dtype: "f32" }, rows, rows] : [{ shape, dtype: "f32" }, rows];
  },
  lower({ inputs: [x, w], outputs, attributes: { eps, bits, glu, peaks = false } }) {
    const rows = rowCount(x.shape);
    const D = w.shape[0];
    const [y, scales, r] = bits === 32 && !peaks
      ? [outputs[0], scratch({ shape: [1], dtype: "f32" }), outputs[1]]
      : outputs;
    return [callKernel(rmsNormKernel, {
      constants: {
        ROWS: rows,
        D,
        EPS: eps,
        BITS: bits,
        GLU: gluConstant(glu),
        NORM: true,
        PEAKS: peaks,
        LANES: rowLanes(D),
      },
      reads: { x, w },
      writes: { y, scales, r },
      extent: [rows],
      flops: 4 * rows * D,
    })];
  },
  vjp({ inputs: [x, w], outputs, attributes: { glu }, cotangents: [dy], takePending, storesInto }) {
    if (!dy) return [];
    const pending = takePending(0);
    const { accumulate } = storesInto(1);
    const r = outputs[outputs.length - 1];
    const operands = pending ? [dy, x, w, r, pending] : [dy, x, w, r];
    return apply(rmsNormBackwardOp, operands, { glu, accumulate });
  },
  reference([x, w], { inputs, attributes: { eps, bits, glu, peaks } }) {
    const rows = rowCount(inputs[0].shape);
    const D = w.length;
    const h = hidden(x, D, glu);
    const r = inverseRms(h, D, eps);
    const y = h.map((value, i) => w[i % D] * value * r[Math.floor(i / D)]);
    if (bits === 32 && !peaks) return [y, r];
    if (peaks) return [y, r.map((_, row) => largest(y.subarray(row * D, (row + 1) * D))), r];
    const scales = new Float64Array(rows);
    for (let row = 0; row < rows; row++) {
      const token = y.subarray(row * D, (row + 1) * D);
      const { codes, scale } = quantizeToken(token, bits);
      token.set(codes);
      scales[row] = scale;
    }
    return [y, scales, r];
  },
};

/** Attributes of the backward op. */
export interface RmsNormBackwardAttributes {
  /** Activation of the gate; undefined without one. */
  readonly glu: GluKind | undefined;
  /** Add to the gain gradient that is there. */
  readonly accumulate: boolean;
}

/** (dy, x, w, r, pending?) → (dx + pending, dw), in one dispatch. */
export const rmsNormBackwardOp: Op<RmsNormBackwardAttributes> = {
  name: "rms_norm_backward",
  infer: ([, x, w]) => [x, w],
  lower({ inputs: [dy, x, w, r, pending], outputs: [dx, dw], attributes: { glu, accumulate } }) {
    const rows = rowCount(x.shape);
    const D = lastDimension(dy.shape);
    const lanes = rowLanes(D);
    const columnGroups = Math.ceil(D / 16);
    return [callKernel(rmsNormBackwardKernel, {
      constants: { ROWS: rows, D, GLU: gluConstant(glu), LANES: lanes, ACCUMULATE: accumulate },
      reads: { dy, x, w, r, pending },
      writes: { dx, dw },
      extent: [columnGroups + Math.ceil(rows / (256 / lanes))],
      flops: 10 * elementCount(dy.shape),
    })];
  },
  reference([dy, x, w, r, pending], { attributes: { glu } }) {
    const D = w.length;
    const h = hidden(x, D, glu);
    const dx = pending ? pending.slice() : new Float64Array(x.length);
    const dw = new Float64Array(D);
    r.forEach((factor, row) => {
      let mean = 0;
      for (let c = 0; c < D; c++) {
        const i = row * D + c;
        mean += dy[i] * w[c] * h[i] / D;
        dw[c] += dy[i] * h[i] * factor;
      }
      for (let c = 0; c < D; c++) {
        const i = row * D + c;
        const dh = factor * (dy[i] * w[c] - h[i] * factor ** 2 * mean);
        if (!glu) {
          dx[i] += dh;
          continue;
        }
        const gate = 2 * row * D + c;
        const act = activations[glu];
        dx[gate] += dh * x[gate + D] * act.slope(x[gate]);
        dx[gate + D] += dh * act.value(x[gate]);
      }
    });
    return [dx, dw];
  },
};

function hidden(x: Reference, D: number, glu: GluKind | undefined): Reference {
  if (!glu) return x;
  return Float64Array.from({ length: x.length / 2 }, (_, i) => {
    const gate = 2 * D * Math.floor(i / D) + i % D;
    return activations[glu].value(x[gate]) * x[gate + D];
  });
}

const largest = (values: Reference) => values.reduce((peak, y) => Math.max(peak, Math.abs(y)), 0);

function inverseRms(h: Reference, D: number, eps: number): Reference {
  return Float64Array.from({ length: h.length / D }, (_, row) => {
    const token = h.subarray(row * D, (row + 1) * D);
    return 1 / Math.sqrt(token.reduce((sum, value) => sum + value * value, 0) / D + eps);
  });
}

/**
 * Scales every row to a root mean square of one, then by a gain.
 *
 * `y = w · h / √(mean(h²) + eps)`, h = x or, with `glu`, act(gate) · up.
 *
 * @param x (…, D) f32 or, with `glu`, (…, 2D): gate, then up.
 * @param w (D) f32, the gain.
 * @returns (…, D) f32.
 * @throws {TypeError} If the shapes do not fit or an operand is not f32.
 * @see Zhang and Sennrich, "Root Mean Square Layer Normalization", arXiv 1910.07467
 */
export function rmsNorm(x: Value, w: Value, options: RmsNormOptions): Value {
  return apply(rmsNormOp, [x, w], { ...options, bits: 32 })[0];
}

/**
 * {@link rmsNorm} and the absmax quantizer of its rows, in one dispatch; straight-through gradient.
 *
 * `codes = clamp(round(y · scale), -q-1, q)`, `scale = q / max(max|y|, 1e-5)`, `q = 2^(bits-1) - 1`, y the norm.
 *
 * @param x (…, D) f32 or, with `glu`, (…, 2D): gate, then up.
 * @param w (D) f32, the gain.
 * @returns Codes (…, D) i8 and one scale per row (rows) f32: `codes · scale` stands for the norm.
 * @throws {TypeError} If the shapes do not fit, an operand is not f32 or there is no such width.
 * @see Ma et al., "The Era of 1-bit LLMs: All Large Language Models are in 1.58 Bits", arXiv 2402.17764
 */
export function rmsNormQuantize(
  x: Value,
  w: Value,
  options: RmsNormQuantizeOptions,
): { codes: Value; scales: Value } {
  const [codes, scales] = apply(rmsNormOp, [x, w], options);
  return { codes, scales };
}

/**
 * {@link rmsNorm} and max|y| of every row y, in one dispatch: what {@link quantizeTensor} needs.
 *
 * @param x (…, D) f32 or, with `glu`, (…, 2D): gate, then up.
 * @param w (D) f32, the gain.
 * @returns The norm (…, D) f32, and the maxima (rows) f32, which pass no gradient.
 * @throws {TypeError} If the shapes do not fit or an operand is not f32.
 */
export function rmsNormPeaks(
  x: Value,
  w: Value,
  options: RmsNormOptions,
): { y: Value; peaks: Value } {
  const [y, peaks] = apply(rmsNormOp, [x, w], { ...options, bits: 32, peaks: true });
  return { y, peaks };
}
