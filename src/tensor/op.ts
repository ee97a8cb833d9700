/**
 * What an op is, and how one is applied.
 *
 * An op states four things in one place: the types of its outputs, the kernel calls it becomes, its
 * vector-Jacobian product, and a float64 reference that says what the numbers should be.
 *
 * @module
 */
import type { KernelCall } from "./kernel_call.ts";
import { type Node, type TensorType, Value } from "./value.ts";

/**
 * Bits of the gradients that are multiplied with codes: what a device may round them to, so as to sum in integers. The CPU
 * device does; the elements of a row, or of a block of it, become multiples of one step.
 *
 * - 8: where the codes are weights of at most 16, that is up to 5 bits, 1/127 of the largest, with errors near 1 %
 *   that are independent of each other; a gradient of weights, which is what the optimizer sees, as with 16.
 * - 16: 1/32767 of the largest, with errors near 3e-5.
 * - 32: no rounding beyond that of floats.
 */
export type GradientBits = 8 | 16 | 32;

/** What a reverse-mode rule sees. */
export interface VjpContext<A> {
  /** Inputs of the node that is differentiated. */
  readonly inputs: readonly Value[];
  /** Its outputs: a rule may use what the forward pass computed. */
  readonly outputs: readonly Value[];
  /** Its attributes. */
  readonly attributes: A;
  /** Per output: the gradient that arrived, of the output's shape in f32; undefined if none did. */
  readonly cotangents: readonly (Value | undefined)[];
  /** What the gradients that arrived may be rounded to where they are multiplied with codes. */
  readonly gradientBits: GradientBits;
  /** Whether the gradient of input `i` is asked for. */
  wants(i: number): boolean;
  /**
   * The gradient of input `i` that other uses have contributed so far, if any. Whoever takes it must
   * include it in the gradient returned: a way to fuse the addition into the kernel.
   */
  takePending(i: number): Value | undefined;
  /**
   * Announces that the gradient of input `i` comes from a node that can write straight into a parameter's
   * gradient, and tells whether that node has to add to what is there. Without this call the gradient of
   * a parameter is copied into its place. One value can be announced for one input only.
   */
  storesInto(i: number): { readonly accumulate: boolean };
}

/** Float64 data of one tensor, unpadded, row-major. */
export type Reference = Float64Array;

/**
 * A differentiable operation on tensors.
 *
 * @typeParam A Attributes: plain data fixed when the graph is built.
 * @typeParam S What the step uniform says, for ops that read it.
 */
export interface Op<A = unknown, S = unknown> {
  /** Unique name, snake_case. */
  readonly name: string;
  /**
   * Types of the outputs.
   *
   * @throws {TypeError} If the input shapes or element types do not fit, with their values.
   */
  infer(inputs: readonly TensorType[], attributes: A): TensorType[];
  /** The kernel calls that compute the outputs. */
  lower(node: Node<A>): KernelCall[];
  /**
   * Gradient of each input; undefined where there is none. A quantized value (codes) receives and passes
   * the gradient of its dequantized value: the straight-through estimator (STE). Absent: not differentiable.
   */
  vjp?(context: VjpContext<A>): (Value | undefined)[];
  /**
   * The same in float64, for tests. Outputs that are codes come as numbers.
   *
   * @param step What the plan is run with, if it is.
   */
  reference(inputs: readonly Reference[], node: Node<A>, step?: S): Reference[];
}

let nextNodeId = 0;

/**
 * Applies an op: appends a node to the graph.
 *
 * @returns Its outputs, in the order of {@link Op.infer}.
 * @throws {TypeError} If the inputs do not fit the op.
 */
export function apply<A>(op: Op<A>, inputs: readonly Value[], attributes: A): Value[] {
  const types = op.infer(inputs, attributes);
  const outputs: Value[] = [];
  const node: Node<A> = { id: nextNodeId++, op, attributes, inputs, outputs };
  // A graph holds nodes of every attribute type; only the op itself looks inside its attributes.
  for (const type of types) outputs.push(new Value(type, { node: node as unknown as Node }));
  return outputs;
}

/** Memory an op needs between its own kernel calls; the plan finds a place for it. */
export function scratch(type: TensorType): Value {
  return new Value(type);
}

/**
 * The error of an op whose inputs do not fit, to be thrown.
 *
 * @param why What does not fit, and what would.
 */
export function shapeError(op: string, inputs: readonly TensorType[], why: string): TypeError {
  const shapes = inputs.map((type) => `(${type.shape.join(", ")})`).join(", ");
  return new TypeError(`Cannot apply ${op} to ${shapes}: ${why}`);
}
