/**
 * Symbolic tensors: what a trace is made of.
 *
 * A {@link Value} has a shape and an element type but no data. It is a leaf (something that lies in a
 * named buffer: an input, a constant, a parameter) or an output of a {@link Node}, the application of an
 * {@link Op}. Applying ops builds the graph; a plan is made of it later.
 *
 * @module
 */
import type { BufferSpec, DType } from "../device/device.ts";
import type { Op } from "./op.ts";

/** Dimensions, outermost first; a scalar is `[]`. */
export type Shape = readonly number[];

/** Shape and element type. */
export interface TensorType {
  /** Dimensions, outermost first. */
  readonly shape: Shape;
  /** Element type. */
  readonly dtype: DType;
}

/** Where a value lies when it is not an intermediate result. */
export interface Location {
  /** The buffer. */
  readonly buffer: BufferSpec;
  /** Where in it the first element lies, in bytes. */
  readonly byteOffset: number;
}

/** One application of an op. Nodes run in the order in which they were created. */
export interface Node<A = unknown> {
  /** Position in the order of creation, across all graphs. */
  readonly id: number;
  /** What is applied. */
  readonly op: Op<A>;
  /** What the op takes besides its inputs. */
  readonly attributes: A;
  /** What it is applied to. */
  readonly inputs: readonly Value[];
  /** What it computes, in the order of {@link Op.infer}. */
  readonly outputs: readonly Value[];
}

/** A symbolic tensor. */
export class Value implements TensorType {
  /** Dimensions, outermost first. */
  readonly shape: Shape;
  /** Element type. */
  readonly dtype: DType;
  /** The node that computes it; undefined for a leaf. */
  readonly node: Node | undefined;
  /** The buffer it lies in; undefined for an intermediate result, which the plan places. */
  location: Location | undefined;

  /**
   * A tensor of the given type. Most values come from {@link input}, {@link constant} or an op instead.
   *
   * @param options The node that computes it, or the place where a leaf lies.
   */
  constructor(type: TensorType, options: { node?: Node; location?: Location } = {}) {
    this.shape = type.shape;
    this.dtype = type.dtype;
    this.node = options.node;
    this.location = options.location;
  }
}

/** Number of elements of a shape; 1 for a scalar. */
export function elementCount(shape: Shape): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

/** The last dimension (1 for a scalar). */
export function lastDimension(shape: Shape): number {
  return shape.at(-1) ?? 1;
}

/** Product of all dimensions but the last: rows of the tensor taken as a matrix. */
export function rowCount(shape: Shape): number {
  return elementCount(shape.slice(0, -1));
}

/** Bytes a tensor takes on a device; rows of `i8` are padded to whole 32-bit words. */
export function byteLengthOf({ shape, dtype }: TensorType): number {
  if (dtype === "i8") return rowCount(shape) * Math.ceil(lastDimension(shape) / 4) * 4;
  return elementCount(shape) * 4;
}

/** `(4, 6) f32`, for messages. */
export function describe({ shape, dtype }: TensorType): string {
  return `(${shape.join(", ")}) ${dtype}`;
}

/**
 * A leaf in a buffer of its own, to be written by the host before a run.
 *
 * @param label What it holds, for errors and reports.
 */
export function input(label: string, shape: Shape, dtype: DType = "f32"): Value {
  const byteLength = byteLengthOf({ shape, dtype });
  return new Value({ shape, dtype }, {
    location: { buffer: { label, byteLength }, byteOffset: 0 },
  });
}

/**
 * A leaf whose content never changes; its element type is that of the array.
 *
 * @param label What it holds, for errors and reports.
 * @param data All elements, row-major.
 * @throws {RangeError} If the data does not have as many elements as the shape.
 */
export function constant(
  label: string,
  shape: Shape,
  data: Float32Array | Int32Array | Uint32Array,
): Value {
  if (data.length !== elementCount(shape)) {
    throw new RangeError(
      `Cannot make constant ${label} of shape (${shape.join(", ")}) from ${data.length} elements`,
    );
  }
  const dtype = data instanceof Float32Array ? "f32" : data instanceof Int32Array ? "i32" : "u32";
  const buffer: BufferSpec = { label, byteLength: data.byteLength, initial: data };
  return new Value({ shape, dtype }, { location: { buffer, byteOffset: 0 } });
}
