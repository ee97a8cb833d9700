/**
 * The linear layer of quantized activations and quantized weights, summed in integers, and the product of a
 * float matrix with a quantized one that its gradients are.
 *
 * @module
 */
import { bitlinearKernel } from "../../kernels/products/bitlinear.ts";
import { matmulCodesKernel } from "../../kernels/products/matmul_codes.ts";
import { callKernel } from "../tensor/kernel_call.ts";
import { apply, type GradientBits, type Op, shapeError } from "../tensor/op.ts";
import { addends, gradientOptions, productType } from "../tensor/product.ts";
import {
  elementCount,
  lastDimension,
  rowCount,
  type Shape,
  type TensorType,
  type Value,
} from "../tensor/value.ts";
import { columnSum } from "./column_sum.ts";
import type { MatmulOptions } from "./matmul.ts";

/**
 * A quantized matrix: `codes[row, column] · scales[row]` stands for a real number, or
 * `codes[row, column] · scales[⌊column / groupSize⌋, row]`.
 */
export interface QuantizedMatrix {
  /** (…, K) i8; all dimensions but the last are rows. */
  readonly codes: Value;
  /** One f32 scale per row; with groups, (groups, rows). */
  readonly scales: Value;
  /**
   * Neighboring columns that share a scale, a multiple of 32; the last group can be smaller. Default 0: all columns
   * of a row do.
   */
  readonly groupSize?: number;
  /** Magnitude that no code exceeds; default 128. */
  readonly largestCode?: number;
}

/** Codes of at most this magnitude may be multiplied with gradients of 8 bits. */
const LARGEST_SMALL_CODE = 16;

/** Where the scale of an element is. */
function scaleIndex(codes: TensorType, groupSize: number): (row: number, column: number) => number {
  const rows = rowCount(codes.shape);
  if (groupSize === 0) return (row) => row;
  return (row, column) => Math.floor(column / groupSize) * rows + row;
}

/** Scales per row. */
function groupCount(codes: TensorType, groupSize: number): number {
  return groupSize === 0 ? 1 : Math.ceil(lastDimension(codes.shape) / groupSize);
}

/** Throws unless the two are the parts of a quantized matrix. */
function checkQuantized(
  op: string,
  inputs: readonly TensorType[],
  codes: TensorType,
  scales: TensorType,
  groupSize = 0,
): void {
  if (!(groupSize >= 0 && groupSize % 32 === 0)) {
    throw shapeError(op, inputs, `a group is a multiple of 32 columns, not ${groupSize}`);
  }
  const rows = rowCount(codes.shape);
  const groups = groupCount(codes, groupSize);
  const fits = codes.dtype === "i8" && codes.shape.length > 0 && scales.dtype === "f32" &&
    elementCount(scales.shape) === rows * groups;
  if (fits) return;
  const each = groups === 1 ? "one f32 scale" : `${groups} f32 scales`;
  throw shapeError(
    op,
    inputs,
    `a quantized matrix is i8 codes and ${each} per row, got ${codes.dtype} codes of ` +
      `${rows} rows and ${elementCount(scales.shape)} ${scales.dtype} scales`,
  );
}

/** What {@link bitLinearOp} takes besides its operands. */
export interface BitLinearAttributes {
  /** Whether the last operand is a bias. */
  readonly bias: boolean;
  /** Of the groups of W's columns; 0: none. */
  readonly groupSize: number;
  /** Largest magnitude of W's codes. */
  readonly largestCode: number;
}

/**
 * (x codes, x scales, w codes, w scales, residual?, bias?) → y = x̂·ŵᵀ + residual + bias. The gradients of the codes are those
 * of the dequantized matrices, the straight-through estimator (STE); scales get none.
 */
export const bitLinearOp: Op<BitLinearAttributes> = {
  name: "bit_linear",
  infer(inputs, attributes) {
    const [x, xScales, w, wScales] = inputs;
    const added = addends(inputs, 4, attributes.bias);
    checkQuantized("bit_linear", inputs, x, xScales);
    checkQuantized("bit_linear", inputs, w, wScales, attributes.groupSize);
    const K = lastDimension(x.shape);
    const otherK = lastDimension(w.shape);
    if (K !== otherK) {
      throw shapeError("bit_linear", inputs, `inner dimensions must agree, got ${K} and ${otherK}`);
    }
    const N = rowCount(w.shape);
    const shape = [...x.shape.slice(0, -1), N];
    return [productType("bit_linear", inputs, added, shape, rowCount(x.shape), N)];
  },
  lower({ inputs, outputs, attributes }) {
    const [x, xScales, w, wScales] = inputs;
    const { residual, bias } = addends(inputs, 4, attributes.bias);
    const M = rowCount(x.shape);
    const N = rowCount(w.shape);
    const K = lastDimension(x.shape);
    return [callKernel(bitlinearKernel, {
      constants: { M, N, K, GROUP: attributes.groupSize },
      reads: { xCodes: x, xScales, wCodes: w, wScales, residual, bias },
      writes: { y: outputs[0] },
      extent: [N, M],
      flops: 2 * M * N * K,
    })];
  },
  vjp(context) {
    const { inputs, attributes, cotangents: [dy] } = context;
    const { wants, storesInto, gradientBits } = context;
    const [x, xScales, w, wScales] = inputs;
    if (!dy) return [];
    const { residual, bias } = addends(inputs, 4, attributes.bias);
    const { groupSize, largestCode } = attributes;
    const precise = gradientBits === 8 ? 16 : gradientBits;
    const dx = wants(0)
      ? matmulCodes(dy, { codes: w, scales: wScales, groupSize }, {
        ...gradientOptions(context, 0),
        bits: largestCode <= LARGEST_SMALL_CODE ? gradientBits : precise,
      })
      : undefined;
    const dw = wants(2)
      ? matmulCodes(dy, { codes: x, scales: xScales }, {
        ...gradientOptions(context, 2),
        transposeA: true,
        bits: precise,
      })
      : undefined;
    const last = inputs.length - 1;
    const dbias = bias && wants(last) ? columnSum(dy, bias.shape, storesInto(last)) : undefined;
    return [dx, undefined, dw, undefined, ...(residual ? [dy] : []), dbias];
  },
  reference(operands, { inputs, attributes }) {
    const [x, xScales, w, wScales] = operands;
    const { residual, bias } = addends(operands, 4, attributes.bias);
    const K = lastDimension(inputs[0].shape);
    const N = rowCount(inputs[2].shape);
    const stepOf = scaleIndex(inputs[2], attributes.groupSize);
    const y = Float64Array.from({ length: xScales.length * N }, (_, i) => {
      const m = Math.floor(i / N);
      const n = i % N;
      let sum = 0;
      for (let k = 0; k < K; k++) sum += x[m * K + k] * w[n * K + k] * wScales[stepOf(n, k)];
      return sum * xScales[m] + (residual?.[i] ?? 0) + (bias?.[n] ?? 0);
    });
    return [y];
  },
};

/** Options of {@link matmulCodes}. */
export interface MatmulCodesOptions extends Omit<MatmulOptions, "transposeB" | "bias"> {
  /** What `a` may be rounded to; default 32, nothing. */
  readonly bits?: GradientBits;
}

/** What {@link matmulCodesOp} takes besides its operands. */
export interface MatmulCodesAttributes extends Omit<MatmulCodesOptions, "residual" | "bits"> {
  /** Of the groups of columns of the quantized matrix; 0: none. */
  readonly groupSize: number;
  /** What the float operand may be rounded to. */
  readonly bits: GradientBits;
}

/** (M, K) of the float operand. */
function floatSizes({ shape }: TensorType, { transposeA }: MatmulCodesAttributes) {
  const [rows, columns] = [rowCount(shape), lastDimension(shape)];
  return transposeA ? { M: columns, K: rows } : { M: rows, K: columns };
}

/** (a, codes, scales, residual?) → op(a)·b + residual, where b[k, n] = codes[k, n] · scales[k]. */
export const matmulCodesOp: Op<MatmulCodesAttributes> = {
  name: "matmul_codes",
  infer(inputs, attributes) {
    const [a, codes, scales, residual] = inputs;
    if (a.dtype !== "f32" || a.shape.length === 0) {
      throw shapeError("matmul_codes", inputs, "the first operand must be an f32 matrix");
    }
    checkQuantized("matmul_codes", inputs, codes, scales, attributes.groupSize);
    const { M, K } = floatSizes(a, attributes);
    const otherK = rowCount(codes.shape);
    if (K !== otherK) {
      const why = `inner dimensions must agree, got ${K} and ${otherK}`;
      throw shapeError("matmul_codes", inputs, why);
    }
    const N = lastDimension(codes.shape);
    const leading: Shape = attributes.transposeA ? [M] : a.shape.slice(0, -1);
    const shape = attributes.shape ?? [...leading, N];
    return [productType("matmul_codes", inputs, { residual, bias: undefined }, shape, M, N)];
  },
  lower({ inputs: [a, codes, scales, residual], outputs, attributes }) {
    const { M, K } = floatSizes(a, attributes);
    const N = lastDimension(codes.shape);
    return [callKernel(matmulCodesKernel, {
      constants: {
        M,
        N,
        K,
        GROUP: attributes.groupSize,
        TRANSPOSE_A: attributes.transposeA ?? false,
        ACCUMULATE: attributes.accumulate ?? false,
        BITS_A: attributes.bits,
      },
      reads: { a, codes, scales, residual },
      writes: { c: outputs[0] },
      extent: [N, M],
      flops: 2 * M * N * K,
    })];
  },
  reference([a, codes, scales, residual], { inputs, attributes }) {
    const { M, K } = floatSizes(inputs[0], attributes);
    const N = lastDimension(inputs[1].shape);
    const stepOf = scaleIndex(inputs[1], attributes.groupSize);
    const y = residual ? residual.slice() : new Float64Array(M * N);
    for (let m = 0; m < M; m++) {
      for (let k = 0; k < K; k++) {
        const factor = a[attributes.transposeA ? k * M + m : m * K + k];
        for (let n = 0; n < N; n++) {
          y[m * N + n] += factor * codes[k * N + n] * scales[stepOf(k, n)];
        }
      }
    }
    return [y];
  },
};

/**
 * Applies a linear layer to quantized operands: `y = x̂·Ŵᵀ + residual + bias`, summed exactly in integers, then
 * scaled by the product of both scales. Gradients pass both quantizers straight through: `dx = dy·Ŵ`,
 * `dW = dyᵀ·x̂`.
 *
 * @param x Codes (…, K) and one scale per row.
 * @param w Codes (N, K) and one scale per row or group of its columns.
 * @param residual (…, N), added to the product.
 * @param bias (N), added to every row.
 * @returns (…, N).
 * @throws {TypeError} If the shapes do not fit or there is not one scale per row or group.
 * @see Ma et al., "The Era of 1-bit LLMs", arXiv 2402.17764, section 2
 *
 * @example Ternary weights, 8-bit activations
 * ```ts
 * import assert from "node:assert/strict";
 * import { openDevice } from "../../mod.ts";
 * import { bitLinear } from "../faces/ops.ts";
 * import { evaluate, input } from "../faces/tensor.ts";
 * import { quantizeActivations } from "../faces/ops.ts";
 * import { type HostArray, packCodes, type Value } from "../faces/tensor.ts";
 *
 * using device = await openDevice();
 * const x = input("x", [1, 4]);
 * const w = { codes: input("codes", [2, 4], "i8"), scales: input("scales", [2]) };
 * const [y] = await evaluate(
 *   device,
 *   [bitLinear(quantizeActivations(x, { bits: 8 }), w)],
 *   new Map<Value, HostArray>([
 *     [x, new Float32Array([127, 64, -32, 0])],
 *     [w.codes, packCodes(Int8Array.of(1, 0, -1, 1, 0, 1, 1, -1), 4)],
 *     [w.scales, new Float32Array([1, 0.5])],
 *   ]),
 * );
 * assert.deepEqual([...y].map(Math.round), [159, 16]);
 * ```
 */
export function bitLinear(
  x: QuantizedMatrix,
  w: QuantizedMatrix,
  residual?: Value,
  bias?: Value,
): Value {
  const inputs = [x.codes, x.scales, w.codes, w.scales, residual, bias]
    .filter((value) => value !== undefined);
  const attributes = {
    bias: bias !== undefined,
    groupSize: w.groupSize ?? 0,
    largestCode: w.largestCode ?? 128,
  };
  return apply(bitLinearOp, inputs, attributes)[0];
}

/**
 * Multiplies a float matrix with a quantized one: `C = op(A)·B̂ + residual`.
 *
 * @param a (…, K), all dimensions but the last taken as M rows; (K, M) with `transposeA`.
 * @param b Codes (K, N) and one scale per row or group of its columns.
 * @returns (…, N), or (M, N) with `transposeA`.
 * @throws {TypeError} If the shapes do not fit or there is not one scale per row or group.
 */
export function matmulCodes(
  a: Value,
  b: QuantizedMatrix,
  options: MatmulCodesOptions = {},
): Value {
  const { residual, bits = 32, ...others } = options;
  const attributes = { ...others, bits, groupSize: b.groupSize ?? 0 };
  const inputs = [a, b.codes, b.scales];
  return apply(matmulCodesOp, residual ? [...inputs, residual] : inputs, attributes)[0];
}
