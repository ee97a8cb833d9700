/**
 * Computes values once: the same path as training, compiled, run and thrown away.
 *
 * @module
 */
import type { BufferSpec, Device, DeviceBuffer, StepValues } from "../device/device.ts";
import { makePlan } from "./plan.ts";
import { byteLengthOf, type Value } from "./value.ts";

/** Host data of one tensor; codes come unpacked from their words by {@link unpackCodes}. */
export type HostArray = Float32Array | Int32Array | Uint32Array;

/** Views bytes as the element type of a value; packed codes are left as 32-bit words. */
export function hostArray(value: Value, bytes: ArrayBuffer): HostArray {
  if (value.dtype === "f32") return new Float32Array(bytes);
  return value.dtype === "i32" ? new Int32Array(bytes) : new Uint32Array(bytes);
}

/** Unpacks `i8` rows padded to whole words into plain rows of `columns` codes. */
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

/** Packs rows of codes into words. */
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
 * @returns One array per value.
 * @throws {RangeError} If the data of a leaf does not have its size.
 *
 * @example
 * ```ts
 * import { add, evaluate, input, openDevice } from "../../mod.ts";
 *
 * using device = await openDevice();
 * const x = input("x", [2]);
 * const [sum] = await evaluate(device, [add(x, x)], new Map([[x, new Float32Array([1, 2])]]));
 * console.log(sum); // Float32Array [2, 4]
 * ```
 */
export async function evaluate(
  device: Device,
  values: readonly Value[],
  feeds: ReadonlyMap<Value, HostArray>,
  step?: StepValues,
): Promise<HostArray[]> {
  const plan = makePlan(values);
  using buffers = new BufferSet(device, plan.state);
  for (const [leaf, data] of feeds) {
    const location = leaf.location;
    if (data.byteLength !== byteLengthOf(leaf)) {
      throw new RangeError(
        `Cannot feed ${data.byteLength} bytes to ${location?.buffer.label}: it holds ${
          byteLengthOf(leaf)
        }`,
      );
    }
    const buffer = location && buffers.map.get(location.buffer);
    if (buffer) device.write(buffer, data, location.byteOffset);
  }
  using executable = await device.compile(plan, buffers.map);
  executable.run(step);
  const results: HostArray[] = [];
  for (const value of values) {
    const { buffer, byteOffset } = value.location!;
    const bytes = await device.read(buffers.map.get(buffer)!, byteOffset, byteLengthOf(value));
    results.push(hostArray(value, bytes));
  }
  return results;
}

/** Device buffers by spec, disposed together. */
export class BufferSet implements Disposable {
  readonly map: Map<BufferSpec, DeviceBuffer> = new Map();
  readonly #device: Device;

  constructor(device: Device, specs: Iterable<BufferSpec>) {
    this.#device = device;
    this.add(specs);
  }

  /** Allocates what is not there yet. */
  add(specs: Iterable<BufferSpec>): void {
    for (const spec of specs) {
      if (!this.map.has(spec)) this.map.set(spec, this.#device.allocate(spec));
    }
  }

  /** The buffer of a spec. */
  get(spec: BufferSpec): DeviceBuffer {
    const buffer = this.map.get(spec);
    if (!buffer) throw new TypeError(`Cannot find a buffer for ${spec.label}`);
    return buffer;
  }

  [Symbol.dispose](): void {
    for (const buffer of this.map.values()) buffer[Symbol.dispose]();
    this.map.clear();
  }
}
