/**
 * Products of float32 matrices.
 *
 * @module
 */
import { matmulKernel } from "../../kernels/products/matmul.ts";
import { callKernel } from "../tensor/kernel_call.ts";
import { apply, type Op, type Reference, shapeError } from "../tensor/op.ts";
import { addends, gradientOptions, productType } from "../tensor/product.ts";
import {
  lastDimension,
  rowCount,
  type Shape,
  type TensorType,
  type Value,
} from "../tensor/value.ts";
import { columnSum } from "./column_sum.ts";

/** Options of {@link matmul}. */
export interface MatmulOptions {
  /** A is stored as (K, M). */
  readonly transposeA?: boolean;
  /** B is stored as (N, K). */
  readonly transposeB?: boolean;
  /** Added to the product. */
  readonly residual?: Value;
  /** (N), added to every row. */
  readonly bias?: Value;
  /** Add to what the output holds. */
  readonly accumulate?: boolean;
  /** Shape of the result, where its M rows are not to be divided like those of A. */
  readonly shape?: Shape;
}

/** What {@link matmulOp} takes besides its operands. */
export interface MatmulAttributes extends Omit<MatmulOptions, "residual" | "bias"> {
  /** Whether the last operand is a bias. */
  readonly bias?: boolean;
}

/** (M, N, K) of a product, K once per operand. */
function sizes(a: TensorType, b: TensorType, { transposeA, transposeB }: MatmulAttributes) {
  const [M, K] = transposeA
    ? [lastDimension(a.shape), rowCount(a.shape)]
    : [rowCount(a.shape), lastDimension(a.shape)];
  const [N, otherK] = transposeB
    ? [rowCount(b.shape), lastDimension(b.shape)]
    : [lastDimension(b.shape), rowCount(b.shape)];
  return { M, N, K, otherK };
}

/** (a, b, residual?, bias?) → op(a)·op(b) + residual + bias; dimensions before the last are rows. */
export const matmulOp: Op<MatmulAttributes> = {
  name: "matmul",
  infer(inputs, attributes) {
    const [a, b] = inputs;
    const added = addends(inputs, 2, attributes.bias ?? false);
    if (a.dtype !== "f32" || b.dtype !== "f32") throw shapeError("matmul", inputs, "not f32");
    if (a.shape.length === 0 || b.shape.length === 0) {
      throw shapeError("matmul", inputs, "a scalar is no matrix");
    }
    const { M, N, K, otherK } = sizes(a, b, attributes);
    if (K !== otherK) {
      throw shapeError("matmul", inputs, `inner dimensions must agree, got ${K} and ${otherK}`);
    }
    const leading = attributes.transposeA ? [M] : a.shape.slice(0, -1);
    const shape = attributes.shape ?? [...leading, N];
    if (added.bias && attributes.accumulate) {
      throw shapeError("matmul", inputs, "a product that accumulates has no bias");
    }
    return [productType("matmul", inputs, added, shape, M, N)];
  },
  lower({ inputs, outputs, attributes }) {
    const [a, b] = inputs;
    const { residual, bias } = addends(inputs, 2, attributes.bias ?? false);
    const { M, N, K } = sizes(a, b, attributes);
    return [callKernel(matmulKernel, {
      constants: {
        M,
        N,
        K,
        TRANSPOSE_A: attributes.transposeA ?? false,
        TRANSPOSE_B: attributes.transposeB ?? false,
        ACCUMULATE: attributes.accumulate ?? false,
      },
      reads: { a, b, residual, bias },
      writes: { c: outputs[0] },
      extent: [N, M],
      flops: 2 * M * N * K,
    })];
  },
  vjp(context) {
    const { inputs, attributes, cotangents: [dy], wants, storesInto } = context;
    const [a, b] = inputs;
    const { transposeA = false, transposeB = false } = attributes;
    if (!dy) return [];
    let da: Value | undefined;
    if (wants(0)) {
      const options = gradientOptions(context, 0);
      da = transposeA
        ? matmul(b, dy, { ...options, transposeA: transposeB, transposeB: true })
        : matmul(dy, b, { ...options, transposeB: !transposeB });
    }
    let db: Value | undefined;
    if (wants(1)) {
      const options = gradientOptions(context, 1);
      db = transposeB
        ? matmul(dy, a, { ...options, transposeA: true, transposeB: transposeA })
        : matmul(a, dy, { ...options, transposeA: !transposeA });
    }
    const { residual, bias } = addends(inputs, 2, attributes.bias ?? false);
    const last = inputs.length - 1;
    const dbias = bias && wants(last) ? columnSum(dy, bias.shape, storesInto(last)) : undefined;
    return [da, db, ...(residual ? [dy] : []), dbias];
  },
  reference(operands, { inputs, attributes }) {
    const { M, N, K } = sizes(inputs[0], inputs[1], attributes);
    const { residual, bias } = addends(operands, 2, attributes.bias ?? false);
    const y = product(operands[0], operands[1], residual, M, N, K, attributes);
    return [bias ? y.map((value, i) => value + bias[i % N]) : y];
  },
};

function product(
  a: Reference,
  b: Reference,
  residual: Reference | undefined,
  M: number,
  N: number,
  K: number,
  { transposeA, transposeB }: MatmulAttributes,
): Reference {
  const y = residual ? residual.slice() : new Float64Array(M * N);
  for (let m = 0; m < M; m++) {
    for (let k = 0; k < K; k++) {
      const factor = a[transposeA ? k * M + m : m * K + k];
      for (let n = 0; n < N; n++) y[m * N + n] += factor * b[transposeB ? n * K + k : k * N + n];
    }
  }
  return y;
}

/**
 * Multiplies two matrices: `C = op(A)·op(B) + residual + bias`.
 *
 * @param a (…, K), all dimensions but the last taken as M rows; (K, M) with `transposeA`.
 * @param b (K, N), or (N, K) with `transposeB`.
 * @returns (…, N), or (M, N) with `transposeA`.
 * @throws {TypeError} If the inner dimensions differ or an operand is not f32.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { openDevice } from "../../mod.ts";
 * import { matmul } from "../faces/ops.ts";
 * import { evaluate, input } from "../faces/tensor.ts";
 *
 * using device = await openDevice();
 * const a = input("a", [1, 2]);
 * const b = input("b", [2, 1]);
 * const feeds = new Map([[a, new Float32Array([1, 2])], [b, new Float32Array([3, 4])]]);
 * const [c] = await evaluate(device, [matmul(a, b)], feeds);
 * assert.deepEqual(c, new Float32Array([11]));
 * ```
 */
export function matmul(a: Value, b: Value, options: MatmulOptions = {}): Value {
  const { residual, bias, ...others } = options;
  const inputs = [a, b, residual, bias].filter((value) => value !== undefined);
  return apply(matmulOp, inputs, { ...others, bias: bias !== undefined })[0];
}
