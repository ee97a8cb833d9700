/**
 * The activation quantizer with one scale per tensor, which follows a running maximum.
 *
 * @module
 */
import {
  quantizeTensorKernel,
  runningMaxKernel,
} from "../../kernels/quantizers/quantize_tensor.ts";
import { quantizeToBound, updateRunningMax } from "../quant/running_max.ts";
import { callKernel, type KernelCall } from "../tensor/kernel_call.ts";
import { apply, type Op, shapeError } from "../tensor/op.ts";
import { elementCount, lastDimension, rowCount, type Value } from "../tensor/value.ts";
import { isCodeWidth } from "./rms_norm.ts";
import { STEP_BYTES, type StepValues } from "./step_values.ts";

/** Words of an activation range, as `kernels/quantizers/running_max.wgsl` documents them. */
export const RANGE_WORDS = 8;

/** Options of {@link quantizeTensor}. */
export interface QuantizeTensorOptions {
  /** Width of the codes, 2 to 8. */
  readonly bits: number;
  /** Whether the running maximum moves; in evaluation it stays. */
  readonly training: boolean;
}

/** (x (…, D), max|x| (rows), range (8)) → (codes (…, D), scales (rows), range (8)); the range is written in place. */
export const quantizeTensorOp: Op<QuantizeTensorOptions, StepValues> = {
  name: "quantize_tensor",
  infer(inputs, { bits }) {
    const [x, peaks, range] = inputs;
    const rows = rowCount(x.shape);
    if (x.dtype !== "f32" || x.shape.length === 0 || elementCount(peaks.shape) !== rows) {
      throw shapeError("quantize_tensor", inputs, "x must be f32 and have a maximum per row");
    }
    if (range.dtype !== "f32" || elementCount(range.shape) !== RANGE_WORDS) {
      throw shapeError("quantize_tensor", inputs, `the range must be f32 (${RANGE_WORDS})`);
    }
    if (!isCodeWidth(bits)) {
      throw shapeError("quantize_tensor", inputs, `bits must be 2 to 8, got ${bits}`);
    }
    return [{ shape: x.shape, dtype: "i8" }, { shape: [rows], dtype: "f32" }, range];
  },
  lower({ inputs: [x, peaks], outputs, attributes: { bits, training } }): KernelCall[] {
    const [codes, scales, range] = outputs;
    const rows = rowCount(x.shape);
    const D = lastDimension(x.shape);
    return [
      callKernel(runningMaxKernel, {
        constants: { ROWS: rows, COUNT: rows * D, TRAINING: training },
        reads: { peaks },
        writes: { range },
        extent: [1],
        stepBytes: STEP_BYTES,
      }),
      callKernel(quantizeTensorKernel, {
        constants: { ROWS: rows, D, BITS: bits },
        reads: { x },
        writes: { codes, scales, range },
        extent: [rows * Math.ceil(D / 4)],
        flops: 2 * rows * D,
      }),
    ];
  },
  vjp: ({ cotangents }) => [cotangents[0]],
  reference([x, peaks, [before]], { inputs, attributes: { bits, training } }, step) {
    const momentum = step?.activationMomentum ?? 0;
    const peak = peaks.reduce((a, b) => Math.max(a, b), 0);
    const running = updateRunningMax(before, peak, training ? momentum : 1);
    const { codes, scale: size } = quantizeToBound(x, running, bits);
    const scales = new Float64Array(rowCount(inputs[0].shape)).fill(size);
    const beyond = x.filter((value, i) => Math.abs(value / size - codes[i]) > 0.5).length;
    const range = new Float32Array(RANGE_WORDS);
    range.set([training ? running : before, peak, running]);
    new Uint32Array(range.buffer).set([beyond, x.length], 3);
    return [Float64Array.from(codes), scales, Float64Array.from(range)];
  },
};

/**
 * Quantizes a whole tensor to the running maximum of its absolute values; straight-through gradient, also
 * where a value is beyond the codes.
 *
 * `codes = clamp(round(x / scale), -q-1, q)`, `scale = max(m / q, 1e-6)`, `q = 2^(bits-1) - 1`. In training, m first moves:
 * `m ← momentum · m + (1 − momentum) · max|x|`, the momentum being one of the step values; where m is 0, nothing has
 * been seen yet and `m ← max|x|`. Every use of a range in a step is a move of its own, so with several
 * micro-batches there are as many.
 *
 * @param x (…, K) f32.
 * @param peaks max|x| of every row (rows) f32, from {@link rmsNormPeaks}.
 * @param range (8) f32 that lies in a buffer: m and what became of the last tensor. Start it with zeros.
 * @returns Codes (…, K) i8 and one scale per row (rows) f32, all the same.
 * @throws {TypeError} If the shapes do not fit, an operand is not f32, the range lies nowhere or there is no such
 * width.
 * @see Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
 * Inference", arXiv 1712.05877, section 3.1 (moving averages of activation ranges)
 */
export function quantizeTensor(
  x: Value,
  peaks: Value,
  range: Value,
  options: QuantizeTensorOptions,
): { codes: Value; scales: Value } {
  if (!range.location) {
    throw shapeError("quantize_tensor", [x, peaks, range], "the range must lie in a buffer");
  }
  const [codes, scales, moved] = apply(quantizeTensorOp, [x, peaks, range], options);
  moved.location = range.location;
  return { codes, scales };
}
