/**
 * A tensor as a file holds it, and its values as numbers.
 *
 * @module
 */

/** An element type of the safetensors format. */
export type StoredDType =
  | "BOOL"
  | "U8"
  | "I8"
  | "F8_E4M3"
  | "F8_E5M2"
  | "F8_E8M0"
  | "F6_E2M3"
  | "F6_E3M2"
  | "F4"
  | "U16"
  | "I16"
  | "F16"
  | "BF16"
  | "U32"
  | "I32"
  | "F32"
  | "U64"
  | "I64"
  | "F64"
  | "C64";

const elementBytes: Readonly<Record<StoredDType, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  F8_E8M0: 1,
  F6_E2M3: 3 / 4,
  F6_E3M2: 3 / 4,
  F4: 1 / 2,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
  C64: 8,
};

/** Every element type that can be read and written. */
export const storedDTypes: readonly StoredDType[] = /* @__PURE__ */ Object.keys(
  elementBytes,
) as StoredDType[];

/** A tensor as a file holds it: row-major, little-endian. */
export interface StoredTensor {
  /** Type of each element. */
  readonly dtype: StoredDType;
  /** Size along each axis; empty for a scalar. */
  readonly shape: readonly number[];
  /** The elements' bytes. */
  readonly data: Uint8Array;
}

/** Whether a value names an element type. */
export function isStoredDType(value: unknown): value is StoredDType {
  return typeof value === "string" && Object.hasOwn(elementBytes, value);
}

/** Whether the elements are floating-point numbers. */
export function isFloatDType(dtype: StoredDType): boolean {
  return dtype === "F32" || dtype === "F16" || dtype === "BF16" || dtype === "F64";
}

/** Bytes per element of a type; below one where elements share a byte. */
export function dtypeBytes(dtype: StoredDType): number {
  return elementBytes[dtype];
}

/**
 * A tensor for a file, from values in memory.
 *
 * @param values Row-major elements, whose bytes are shared, not copied.
 * @param shape Size along each axis.
 * @returns The tensor, of the dtype that the array's type says.
 */
export function storedTensor(
  values: Float32Array | Int32Array | Int8Array | Uint8Array,
  shape: readonly number[],
): StoredTensor {
  const dtype = values instanceof Float32Array
    ? "F32"
    : values instanceof Int32Array
    ? "I32"
    : values instanceof Int8Array
    ? "I8"
    : "U8";
  const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { dtype, shape, data };
}

/**
 * The values of a floating-point tensor.
 *
 * @param tensor A tensor of dtype F32, F16, BF16 or F64.
 * @param into Memory for values that have to be converted; default new.
 * @returns Its elements as float32; for an aligned F32 tensor a view of its bytes, not a copy.
 * @throws {TypeError} If the dtype is not a floating-point one.
 */
export function toFloat32(tensor: StoredTensor, into?: Float32Array): Float32Array {
  const { dtype } = tensor;
  const bytes = aligned(tensor);
  const { buffer, byteOffset } = bytes;
  const count = bytes.length / dtypeBytes(dtype);
  const target = () => into ?? new Float32Array(count);
  const converted = (values: Float64Array | Float16Array) => {
    const floats = target();
    floats.set(values);
    return floats;
  };
  switch (dtype) {
    case "F32":
      return new Float32Array(buffer, byteOffset, count);
    case "F64":
      return converted(new Float64Array(buffer, byteOffset, count));
    case "F16":
      return converted(new Float16Array(buffer, byteOffset, count));
    case "BF16": {
      // A bfloat16 is the upper half of a float32.
      const floats = target();
      const bits = new Uint32Array(floats.buffer, floats.byteOffset, count);
      const halves = new Uint16Array(buffer, byteOffset, count);
      for (let i = 0; i < count; i++) bits[i] = halves[i] << 16;
      return floats;
    }
    default:
      throw new TypeError(`${dtype} is not a floating-point dtype; F32, F16, BF16 and F64 are`);
  }
}

/**
 * The values of an integer tensor.
 *
 * @param tensor A tensor of an integer dtype or BOOL.
 * @returns Its elements as int32; for an aligned I32 tensor a view of its bytes, not a copy.
 * @throws {TypeError} If the dtype is not an integer one.
 * @throws {RangeError} If a value does not fit 32 bits.
 */
export function toInt32(tensor: StoredTensor): Int32Array {
  const { dtype } = tensor;
  const bytes = aligned(tensor);
  const { buffer, byteOffset } = bytes;
  const count = bytes.length / dtypeBytes(dtype);
  switch (dtype) {
    case "I32":
      return new Int32Array(buffer, byteOffset, count);
    case "BOOL":
    case "U8":
      return Int32Array.from(bytes);
    case "I8":
      return Int32Array.from(new Int8Array(buffer, byteOffset, count));
    case "I16":
      return Int32Array.from(new Int16Array(buffer, byteOffset, count));
    case "U16":
      return Int32Array.from(new Uint16Array(buffer, byteOffset, count));
    case "U32":
      return Int32Array.from(new Uint32Array(buffer, byteOffset, count), checkInt32);
    case "I64":
      return Int32Array.from(new BigInt64Array(buffer, byteOffset, count), checkInt32);
    case "U64":
      return Int32Array.from(new BigUint64Array(buffer, byteOffset, count), checkInt32);
    default:
      throw new TypeError(`${dtype} is not an integer dtype`);
  }
}

function checkInt32(value: number | bigint): number {
  if (value < -0x80000000 || value > 0x7fffffff) {
    throw new RangeError(`${value} does not fit a 32-bit integer`);
  }
  return Number(value);
}

/** The tensor's bytes where a typed array can view them: in place if aligned, else copied. */
function aligned({ dtype, data }: StoredTensor): Uint8Array {
  return data.byteOffset % dtypeBytes(dtype) === 0 ? data : data.slice();
}
