/**
 * Rotary position embedding.
 *
 * @module
 */
import { ropeKernel } from "../../kernels/attention/rope.ts";
import { callKernel } from "../tensor/kernel_call.ts";
import { apply, type Op, shapeError } from "../tensor/op.ts";
import { elementCount, type Value } from "../tensor/value.ts";

/** How the columns of a fused query-key-value matrix divide into heads. */
export interface HeadLayout {
  /** Query heads. */
  readonly heads: number;
  /** Key heads, and as many value heads. */
  readonly keyValueHeads: number;
  /** Columns of one head. */
  readonly headDim: number;
}

/** Attributes of the op. */
export interface RopeAttributes extends HeadLayout {
  /** Rotate back: the gradient. */
  readonly inverse: boolean;
}

/** Columns of the fused matrix: query heads, key heads, value heads. */
export function fusedWidth({ heads, keyValueHeads, headDim }: HeadLayout): number {
  return (heads + 2 * keyValueHeads) * headDim;
}

/** (x (B, T, (Hq + 2 Hkv) D), table (T, D/2, 2)) → y of the shape of x; value heads are copied. */
export const ropeOp: Op<RopeAttributes> = {
  name: "rope",
  infer(inputs, attributes) {
    const [x, table] = inputs;
    const { headDim } = attributes;
    const width = fusedWidth(attributes);
    if (inputs.some(({ dtype }) => dtype !== "f32")) throw shapeError("rope", inputs, "not f32");
    if (headDim % 2 !== 0) {
      throw shapeError("rope", inputs, `the head dimension must be even, got ${headDim}`);
    }
    if (x.shape.length !== 3 || x.shape[2] !== width) {
      throw shapeError("rope", inputs, `the first must be (B, T, ${width})`);
    }
    if (table.shape.join() !== [x.shape[1], headDim / 2, 2].join()) {
      throw shapeError("rope", inputs, `the table must be (${x.shape[1]}, ${headDim / 2}, 2)`);
    }
    return [x];
  },
  lower({ inputs, outputs, attributes }) {
    const { heads, keyValueHeads, headDim, inverse } = attributes;
    const pairs = elementCount(outputs[0].shape) / 2;
    return [callKernel(ropeKernel, {
      constants: {
        COUNT: pairs,
        T: inputs[0].shape[1],
        HEADS: heads + 2 * keyValueHeads,
        ROTATED: heads + keyValueHeads,
        HALF: headDim / 2,
        INVERSE: inverse,
      },
      reads: { x: inputs[0], table: inputs[1] },
      writes: { y: outputs[0] },
      extent: [pairs],
      flops: 6 * pairs,
    })];
  },
  vjp({ inputs, attributes, cotangents }) {
    const dy = cotangents[0];
    if (!dy) return [];
    return [apply(ropeOp, [dy, inputs[1]], { ...attributes, inverse: !attributes.inverse })[0]];
  },
  reference([x, table], { inputs, attributes }) {
    const { heads, keyValueHeads, headDim, inverse } = attributes;
    const [, T, width] = inputs[0].shape;
    const half = headDim / 2;
    const y = x.slice();
    for (let row = 0; row < x.length / width; row++) {
      for (let head = 0; head < heads + keyValueHeads; head++) {
        for (let j = 0; j < half; j++) {
          const first = row * width + head * headDim + j;
          const angle = ((row % T) * half + j) * 2;
          const cos = table[angle];
          const sin = inverse ? -table[angle + 1] : table[angle + 1];
          y[first] = x[first] * cos - x[first + half] * sin;
          y[first + half] = x[first + half] * cos + x[first] * sin;
        }
      }
    }
    return [y];
  },
};

/**
 * Rotates the query and key heads of a fused matrix by position; value heads are copied.
 *
 * `(y[j], y[j+D/2]) = (x[j] cos a - x[j+D/2] sin a, x[j+D/2] cos a + x[j] sin a)`, a = angle[t, j].
 *
 * @param x (B, T, (Hq + 2 Hkv) D) f32: query heads, key heads, value heads.
 * @param table (T, D/2, 2) f32, a constant of {@link ropeTable}.
 * @returns The shape of x, f32.
 * @throws {TypeError} If the shapes do not fit, an operand is not f32 or the head dimension is odd.
 * @see Su et al., "RoFormer", arXiv 2104.09864
 */
export function rope(x: Value, table: Value, layout: HeadLayout): Value {
  return apply(ropeOp, [x, table], { ...layout, inverse: false })[0];
}

/**
 * Cosines and sines of `angle[t, j] = (start + t) · theta^(-2j / headDim)`, computed in float64.
 *
 * @param length Positions, T.
 * @param headDim Columns of one head, even.
 * @param theta Base of the angles.
 * @param start First position.
 * @returns (length, headDim/2, 2): cosine, then sine.
 * @see Su et al., "RoFormer", arXiv 2104.09864
 */
export function ropeTable(
  length: number,
  headDim: number,
  theta: number,
  start = 0,
): Float32Array {
  const half = headDim / 2;
  const table = new Float32Array(length * headDim);
  for (let t = 0; t < length; t++) {
    for (let j = 0; j < half; j++) {
      const angle = (start + t) * theta ** (-2 * j / headDim);
      table[(t * half + j) * 2] = Math.cos(angle);
      table[(t * half + j) * 2 + 1] = Math.sin(angle);
    }
  }
  return table;
}
