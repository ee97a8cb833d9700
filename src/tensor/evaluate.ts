/**
 * Computes values once: the same path as training, compiled, run and thrown away.
 *
 * @module
 */
import type { Device } from "../device/device.ts";
import { CompiledPlan, type HostArray } from "./compiled_plan.ts";
import { makePlan } from "./plan.ts";
import type { Value } from "./value.ts";

export type { HostArray } from "./compiled_plan.ts";

/**
 * Unpacks `i8` rows padded to whole words into plain rows of codes.
 *
 * @param words What {@link evaluate} gives for a value of `i8`.
 * @param columns Codes per row.
 * @returns (rows · columns) codes.
 */
export function unpackCodes(words: HostArray, columns: number): Int8Array {
  const bytes = new Int8Array(words.buffer, words.byteOffset, words.byteLength);
  const stride = Math.ceil(columns / 4) * 4;
  const rows = bytes.length / stride;
  const codes = new Int8Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    codes.set(bytes.subarray(row * stride, row * stride + columns), row * columns);
  }
  return codes;
}

/**
 * Packs rows of codes into words, four to a word, as an input of `i8` takes them.
 *
 * @param codes (rows · columns) codes.
 * @param columns Codes per row.
 * @returns (rows · ⌈columns / 4⌉) words.
 */
export function packCodes(codes: Int8Array, columns: number): Uint32Array {
  const stride = Math.ceil(columns / 4) * 4;
  const rows = codes.length / columns;
  const bytes = new Int8Array(rows * stride);
  for (let row = 0; row < rows; row++) {
    bytes.set(codes.subarray(row * columns, (row + 1) * columns), row * stride);
  }
  return new Uint32Array(bytes.buffer);
}

/**
 * Evaluates `values` on a device.
 *
 * @param feeds Data for the leaves; leaves without data are zero, constants bring their own.
 * @param step Content of the step uniform, from `encodeStep` say: seed and step of random ops (dropout); zeros where
 * absent.
 * @returns One array per value.
 * @throws {RangeError} If the data of a leaf does not have its size.
 * @throws {WorkError} If the device has no room.
 *
 * @example A sum
 * ```ts
 * import assert from "node:assert/strict";
 * import { openDevice } from "../../mod.ts";
 * import { add, evaluate, input } from "../faces/tensor.ts";
 *
 * using device = await openDevice();
 * const x = input("x", [2]);
 * const [sum] = await evaluate(device, [add(x, x)], new Map([[x, new Float32Array([1, 2])]]));
 * assert.deepEqual(sum, new Float32Array([2, 4]));
 * ```
 */
export async function evaluate(
  device: Device,
  values: readonly Value[],
  feeds: ReadonlyMap<Value, HostArray>,
  step?: ArrayBufferView,
): Promise<HostArray[]> {
  using compiled = await CompiledPlan.make(device, makePlan(values));
  for (const [leaf, data] of feeds) compiled.write(leaf, data);
  compiled.run(step);
  const results: HostArray[] = [];
  for (const value of values) results.push(await compiled.read(value));
  return results;
}
