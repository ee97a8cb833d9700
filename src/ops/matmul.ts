/**
 * Products of float32 matrices.
 *
 * @module
 */
import { apply, type Op, type Reference, shapeError } from "../tensor/op.ts";
import { gradientOptions, productType } from "../tensor/product.ts";
import {
  lastDimension,
  rowCount,
  type Shape,
  type TensorType,
  type Value,
} from "../tensor/value.ts";

/** Options of {@link matmul}. */
export interface MatmulOptions {
  /** A is stored as (K, M). */
  readonly transposeA?: boolean;
  /** B is stored as (N, K). */
  readonly transposeB?: boolean;
  /** Added to the product. */
  readonly residual?: Value;
  /** Add to what the output holds. */
  readonly accumulate?: boolean;
  /** Shape of the result, where its M rows are not to be divided like those of A. */
  readonly shape?: Shape;
}

/** What {@link matmulOp} is told besides its operands. */
export type MatmulAttributes = Omit<MatmulOptions, "residual">;

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

/** (a, b, residual?) → op(a)·op(b) + residual; dimensions before the last are rows. */
export const matmulOp: Op<MatmulAttributes> = {
  name: "matmul",
  infer(inputs, attributes) {
    const [a, b, residual] = inputs;
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
    return [productType("matmul", inputs, residual, shape, M, N)];
  },
  lower({ inputs: [a, b, residual], outputs, attributes }) {
    const { M, N, K } = sizes(a, b, attributes);
    return [{
      kernel: "matmul",
      constants: {
        M,
        N,
        K,
        TRANSPOSE_A: Number(attributes.transposeA ?? false),
        TRANSPOSE_B: Number(attributes.transposeB ?? false),
        HAS_RESIDUAL: Number(residual !== undefined),
        ACCUMULATE: Number(attributes.accumulate ?? false),
      },
      reads: [a, b, residual ?? null],
      writes: [outputs[0]],
      extent: [N, M],
      flops: 2 * M * N * K,
    }];
  },
  vjp(context) {
    const { inputs: [a, b], attributes, cotangents: [dy], wants } = context;
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
    return [da, db, dy];
  },
  reference([a, b, residual], { inputs, attributes }) {
    const { M, N, K } = sizes(inputs[0], inputs[1], attributes);
    return [product(a, b, residual, M, N, K, attributes)];
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
 * Multiplies two matrices: `C = op(A)·op(B) + residual`.
 *
 * @param a (…, K), all dimensions but the last taken as M rows; (K, M) with `transposeA`.
 * @param b (K, N), or (N, K) with `transposeB`.
 * @returns (…, N), or (M, N) with `transposeA`.
 * @throws {TypeError} If the inner dimensions differ or an operand is not f32.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { evaluate, input, matmul, openDevice } from "../../mod.ts";
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
  const { residual, ...attributes } = options;
  return apply(matmulOp, residual ? [a, b, residual] : [a, b], attributes)[0];
}
