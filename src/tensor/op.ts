/**
 * What an op is, and how one is applied.
 *
 * An op states four things in one place: the types of its outputs, the kernel calls it becomes, its
 * vector-Jacobian product, and a float64 reference that says what the numbers should be.
 *
 * @module
 */
import type { StepValues } from "../device/device.ts";
import { type Node, type TensorType, Value } from "./value.ts";

/** One kernel launch over symbolic values; the plan turns it into a `Dispatch`. */
export interface KernelCall {
  readonly kernel: string;
  readonly constants: Readonly<Record<string, number>>;
  /** `null`: an optional operand that is absent. */
  readonly reads: readonly (Value | null)[];
  readonly writes: readonly Value[];
  /** Work per dimension in the kernel's unit; missing dimensions are 1. */
  readonly extent: readonly number[];
  /** Bind the step values (seed, learning rate, …) last. */
  readonly usesStep?: boolean;
  readonly flops?: number;
}

/** What a reverse-mode rule sees. */
export interface VjpContext<A> {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: A;
  /** Per output: the gradient that arrived, of the output's shape in f32; undefined if none did. */
  readonly cotangents: readonly (Value | undefined)[];
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

/** A differentiable operation on tensors. */
export interface Op<A = unknown> {
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
   * the gradient of its dequantized value: the straight-through estimator. Absent: not differentiable.
   */
  vjp?(context: VjpContext<A>): (Value | undefined)[];
  /**
   * The same in float64, for tests. Outputs that are codes come as numbers. Random ops draw from the step
   * values, which are zeros where a plan runs without them.
   */
  reference(inputs: readonly Reference[], node: Node<A>, step?: StepValues): Reference[];
}

let nextNodeId = 0;

/** Applies an op, returning its outputs. */
export function apply<A>(op: Op<A>, inputs: readonly Value[], attributes: A): Value[] {
  const types = op.infer(inputs, attributes);
  const outputs: Value[] = [];
  const node: Node<A> = { id: nextNodeId++, op, attributes, inputs, outputs };
  // A graph holds nodes of every attribute type; only the op itself looks inside its attributes.
  for (const type of types) outputs.push(new Value(type, { node: node as unknown as Node }));
  return outputs;
}

/** Memory an op needs between its own kernel calls. */
export function scratch(type: TensorType): Value {
  return new Value(type);
}

/** Throws a TypeError in the project's form. */
export function shapeError(op: string, inputs: readonly TensorType[], why: string): TypeError {
  const shapes = inputs.map((type) => `(${type.shape.join(", ")})`).join(", ");
  return new TypeError(`Cannot apply ${op} to ${shapes}: ${why}`);
}
