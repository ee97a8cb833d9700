/**
 * A sequence from the patches of an image: a class token in front, learned positions added.
 *
 * @module
 */
import {
  addPositionsBackwardKernel,
  addPositionsKernel,
} from "../../kernels/embeddings/add_positions.ts";
import { callKernel } from "../tensor/kernel_call.ts";
import { apply, type Op, scratch, shapeError } from "../tensor/op.ts";
import { elementCount, lastDimension, type Value } from "../tensor/value.ts";

/** (x (B, …, C), positions (…, T, C), token (…, C)?) → (B, T, C); with a token, T is one more than the patches. */
export const addPositionsOp: Op<null> = {
  name: "add_positions",
  infer(inputs) {
    const [x, positions, token] = inputs;
    const C = lastDimension(x.shape);
    const B = x.shape[0];
    const length = elementCount(x.shape.slice(1, -1)) + (token ? 1 : 0);
    const fits = inputs.every(({ dtype }) => dtype === "f32") && x.shape.length >= 2 &&
      lastDimension(positions.shape) === C && elementCount(positions.shape) === length * C &&
      (!token || (lastDimension(token.shape) === C && elementCount(token.shape) === C));
    if (!fits) {
      const why = `expected (B, …, C) f32 and positions of its ${length} tokens` +
        (token ? ", that of the class included" : "");
      throw shapeError("add_positions", inputs, why);
    }
    return [{ shape: [B, length, C], dtype: "f32" }];
  },
  lower({ inputs: [x, positions, token], outputs }) {
    const [, T, C] = outputs[0].shape;
    const COUNT = elementCount(outputs[0].shape);
    return [callKernel(addPositionsKernel, {
      constants: { COUNT, T, C, CLASS: Number(token !== undefined) },
      reads: { x, positions, token },
      writes: { y: outputs[0] },
      extent: [Math.ceil(COUNT / 4)],
      flops: COUNT,
    })];
  },
  vjp({ inputs: [x, positions, token], cotangents: [dy], storesInto }) {
    if (!dy) return [];
    return apply(addPositionsBackwardOp, token ? [dy, x, positions, token] : [dy, x, positions], {
      accumulatePositions: storesInto(1).accumulate,
      accumulateToken: token !== undefined && storesInto(2).accumulate,
    });
  },
  reference([x, positions, token], { outputs }) {
    const [, T, C] = outputs[0].shape;
    const y = new Float64Array(elementCount(outputs[0].shape));
    let patch = 0;
    y.forEach((_, i) => {
      const first = token !== undefined && i % (T * C) < C;
      y[i] = positions[i % (T * C)] + (first ? token[i % C] : x[patch++]);
    });
    return [y];
  },
};

/** Attributes of the gradient of {@link addPositions}. */
export interface AddPositionsBackwardAttributes {
  /** Add to the gradient of the positions that is there. */
  readonly accumulatePositions: boolean;
  /** Add to the gradient of the class token that is there. */
  readonly accumulateToken: boolean;
}

/** (dy, x, positions, token?) → (dx, dpositions, dtoken?); of the last three only the shapes count. */
export const addPositionsBackwardOp: Op<AddPositionsBackwardAttributes> = {
  name: "add_positions_backward",
  infer: ([, ...inputs]) => inputs.map(({ shape }) => ({ shape, dtype: "f32" })),
  lower({ inputs: [dy], outputs: [dx, dpositions, dtoken], attributes }) {
    const [B, T, C] = dy.shape;
    return [callKernel(addPositionsBackwardKernel, {
      constants: {
        B,
        T,
        C,
        CLASS: Number(dtoken !== undefined),
        ACCUMULATE_POSITIONS: attributes.accumulatePositions,
        ACCUMULATE_TOKEN: attributes.accumulateToken,
      },
      reads: { dy },
      writes: { dx, dpositions, dtoken: dtoken ?? scratch({ shape: [1], dtype: "f32" }) },
      extent: [T * C],
      flops: elementCount(dy.shape),
    })];
  },
  reference([dy], { inputs, outputs }) {
    const [, T, C] = inputs[0].shape;
    const [dx, dpositions, dtoken] = outputs.map(({ shape }) =>
      new Float64Array(elementCount(shape))
    );
    let patch = 0;
    dy.forEach((value, i) => {
      dpositions[i % (T * C)] += value;
      if (dtoken && i % (T * C) < C) dtoken[i % C] += value;
      else dx[patch++] = value;
    });
    return dtoken ? [dx, dpositions, dtoken] : [dx, dpositions];
  },
};

/**
 * Makes the sequence that a Transformer reads: `y[b] = concatenate(token, x[b]) + positions`.
 *
 * @param x (B, …, C) f32: the patches of each image in order; the dimensions between are flattened.
 * @param positions (T, C) f32, leading dimensions of one allowed; T the number of patches, and one more with a token.
 * @param token (C) f32, leading dimensions of one allowed: the class token. Without one the patches are all there is.
 * @returns (B, T, C) f32.
 * @throws {TypeError} If the shapes do not fit or an operand is not f32.
 * @see Dosovitskiy et al., "An Image is Worth 16x16 Words", arXiv 2010.11929, equation 1
 */
export function addPositions(x: Value, positions: Value, token?: Value): Value {
  return apply(addPositionsOp, token ? [x, positions, token] : [x, positions], null)[0];
}
