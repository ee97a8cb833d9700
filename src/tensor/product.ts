/**
 * What all matrix products share: the type of the result, and where their gradients go.
 *
 * @module
 */
import { shapeError, type VjpContext } from "./op.ts";
import {
  elementCount,
  lastDimension,
  rowCount,
  type Shape,
  type TensorType,
  type Value,
} from "./value.ts";

/** What is added to a product. */
export interface Addends<T> {
  /** Of the shape of the result. */
  readonly residual: T | undefined;
  /** One number per column. */
  readonly bias: T | undefined;
}

/**
 * The inputs of a product behind its factors: a residual, a bias, both or nothing.
 *
 * @param factors How many inputs make up the factors.
 * @param hasBias Whether the last input is a bias.
 */
export function addends<T>(inputs: readonly T[], factors: number, hasBias: boolean): Addends<T> {
  const others = inputs.slice(factors);
  const bias = hasBias ? others.pop() : undefined;
  return { residual: others[0], bias };
}

/** The type of a product, which is M rows of N columns; checks what is added and the shape asked for. */
export function productType(
  op: string,
  inputs: readonly TensorType[],
  { residual, bias }: Addends<TensorType>,
  shape: Shape,
  M: number,
  N: number,
): TensorType {
  if (rowCount(shape) !== M || lastDimension(shape) !== N) {
    const why = `the result is ${M} rows of ${N}, which (${shape.join(", ")}) is not`;
    throw shapeError(op, inputs, why);
  }
  if (residual && (residual.dtype !== "f32" || residual.shape.join() !== shape.join())) {
    throw shapeError(op, inputs, `the residual must be f32 of shape (${shape.join(", ")})`);
  }
  if (bias && (bias.dtype !== "f32" || elementCount(bias.shape) !== N)) {
    throw shapeError(op, inputs, `the bias must be f32 of ${N} elements`);
  }
  return { shape, dtype: "f32" };
}

/** What the node that computes one gradient of a product needs besides its factors. */
export interface GradientOptions {
  /** Shape of the input. */
  readonly shape: Shape;
  /** The gradient collected so far, to be included. */
  readonly residual: Value | undefined;
  /** Add to what the output holds. */
  readonly accumulate: boolean;
}

/** What the node of one gradient needs besides its factors, from the rule that makes it. */
export function gradientOptions<A>(
  { inputs, takePending, storesInto }: VjpContext<A>,
  i: number,
): GradientOptions {
  const residual = takePending(i);
  // A value that is both factors has two gradients; only the first can be written in place.
  const { accumulate } = inputs.indexOf(inputs[i]) === i ? storesInto(i) : { accumulate: false };
  return { residual, accumulate, shape: inputs[i].shape };
}
