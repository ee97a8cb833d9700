/**
 * Leaves full of reproducible random numbers (a GPU multiplies zeros faster than numbers), and gradients for
 * random cotangents.
 *
 * @module
 */
import { Random } from "../random.ts";
import type { QuantizedMatrix } from "../ops/bitlinear.ts";
import { packCodes } from "../tensor/evaluate.ts";
import { reverse } from "../tensor/reverse.ts";
import {
  constant,
  elementCount,
  lastDimension,
  rowCount,
  type Shape,
  Value,
} from "../tensor/value.ts";

/** Numbers drawn; longer arrays repeat them. */
const PERIOD = 1 << 16;

function repeated<A extends Float32Array | Int32Array | Int8Array>(
  array: A,
  draw: (random: Random) => number,
): A {
  const random = new Random(0);
  const period = Math.min(PERIOD, array.length);
  for (let i = 0; i < period; i++) array[i] = draw(random);
  for (let at = period; at < array.length; at *= 2) array.copyWithin(at, 0, at);
  return array;
}

/** (…) f32 in [-1, 1). */
export function randomFloats(label: string, shape: Shape): Value {
  const draw = (random: Random) => 2 * random.uniform() - 1;
  return constant(label, shape, repeated(new Float32Array(elementCount(shape)), draw));
}

/** (…) i32 from 0 to `count` - 1. */
export function randomIds(label: string, shape: Shape, count: number): Value {
  const draw = (random: Random) => random.integer(count);
  return constant(label, shape, repeated(new Int32Array(elementCount(shape)), draw));
}

/** Codes (…, K) from `-limit` to `limit`, and one scale per row. */
export function randomCodes(label: string, shape: Shape, limit: number): QuantizedMatrix {
  const draw = (random: Random) => random.integer(2 * limit + 1) - limit;
  const codes = repeated(new Int8Array(elementCount(shape)), draw);
  const initial = packCodes(codes, lastDimension(shape));
  const buffer = { label, byteLength: initial.byteLength, initial };
  return {
    codes: new Value({ shape, dtype: "i8" }, { location: { buffer, byteOffset: 0 } }),
    scales: randomFloats(`${label} scales`, [rowCount(shape)]),
  };
}

/** A result and the gradients of its inputs, for a random cotangent. */
export function withGradients(y: Value, inputs: readonly Value[]): Value[] {
  const seed = randomFloats("cotangent", y.shape);
  return [y, ...reverse(y, seed, { wrt: inputs }).gradients.values()];
}
