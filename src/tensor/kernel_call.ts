/**
 * One kernel launch of an op, over symbolic values.
 *
 * @module
 */
import {
  type ConstantTypes,
  elementType,
  flaggedOperand,
  isOptional,
  type Kernel,
  type Operands,
} from "../device/kernel.ts";
import type { Value } from "./value.ts";

/** One kernel launch over symbolic values, from {@link callKernel}; the plan turns it into a `Dispatch`. */
export interface KernelCall {
  /** The kernel, the same on every device. */
  readonly kernel: Kernel;
  /** Sizes and flags the kernel is compiled with, by name. */
  readonly constants: Readonly<Record<string, number>>;
  /** Bound first, in the kernel's order; `null`: an optional operand that is absent. */
  readonly reads: readonly (Value | null)[];
  /** Bound after the reads: outputs of the node, and scratch memory. */
  readonly writes: readonly Value[];
  /** Work per dimension in the kernel's unit; missing dimensions are 1. */
  readonly extent: readonly number[];
  /** Bytes of the step uniform (seed, learning rate, …) that it reads, bound last; absent: none. */
  readonly stepBytes?: number;
  /** Floating-point operations it does, for reports; 0 where absent. */
  readonly flops?: number;
  /** Bytes it reads and writes at least, for reports; where absent, all of its operands. */
  readonly bytes?: number;
}

/** Operands by name: one that is optional may be undefined, but is not forgotten. */
export type CallOperands<O extends Operands> = {
  readonly [name in keyof O]: O[name] extends `${string}?` ? Value | undefined : Value;
};

/** Constants by name, but for those that say whether an optional operand is there: they follow from it. */
export type CallConstants<C extends ConstantTypes> = {
  readonly [name in keyof C as name extends `HAS_${string}` ? never : name]: C[name] extends "bool"
    ? boolean
    : number;
};

/** Everything a kernel is called with. */
export interface CallArguments<
  R extends Operands,
  W extends Operands,
  C extends ConstantTypes,
> extends Pick<KernelCall, "extent" | "stepBytes" | "flops" | "bytes"> {
  /** What it reads. */
  readonly reads: CallOperands<R>;
  /** What it writes: outputs of the node, and scratch memory. */
  readonly writes: CallOperands<W>;
  /** Sizes and flags. */
  readonly constants: CallConstants<C>;
}

/**
 * Calls a kernel with named arguments; a missing or surplus one does not compile.
 *
 * @throws {TypeError} If an argument is missing, unknown or of another type than the kernel declares; it names both.
 */
export function callKernel<R extends Operands, W extends Operands, C extends ConstantTypes>(
  kernel: Kernel<R, W, C>,
  call: CallArguments<NoInfer<R>, NoInfer<W>, NoInfer<C>>,
): KernelCall {
  const { reads, writes, constants, ...rest } = call;
  const read: Readonly<Record<string, Value | undefined>> = reads;
  checkOperands(kernel.name, kernel.reads, read);
  checkOperands(kernel.name, kernel.writes, writes);
  if ((kernel.usesStep ?? false) !== ((call.stepBytes ?? 0) > 0)) {
    const why = kernel.usesStep ? "it reads the step uniform" : "it reads no step uniform";
    throw new TypeError(
      `Cannot call kernel ${kernel.name} with stepBytes ${call.stepBytes ?? 0}: ${why}`,
    );
  }
  return {
    kernel,
    constants: constantValues(kernel, constants, read),
    reads: Object.keys(kernel.reads).map((name) => read[name] ?? null),
    writes: Object.keys(kernel.writes).map((name) => writes[name] as Value),
    ...rest,
  };
}

function checkOperands(
  kernel: string,
  declared: Operands,
  given: Readonly<Record<string, Value | undefined>>,
): void {
  const surplus = Object.keys(given).find((name) => !Object.hasOwn(declared, name));
  if (surplus) throw new TypeError(`Cannot call kernel ${kernel}: it has no operand ${surplus}`);
  for (const [name, type] of Object.entries(declared)) {
    const value = given[name];
    if (value === undefined) {
      if (isOptional(type)) continue;
      throw new TypeError(`Cannot call kernel ${kernel}: operand ${name} is missing`);
    }
    const element = elementType(type);
    if (element === "words" || element === value.dtype) continue;
    throw new TypeError(
      `Cannot call kernel ${kernel}: operand ${name} must be ${element}, got ${value.dtype}`,
    );
  }
}

function constantValues(
  kernel: Kernel,
  given: Readonly<Record<string, number | boolean>>,
  reads: Readonly<Record<string, Value | undefined>>,
): Record<string, number> {
  const { name: kernelName, constants } = kernel;
  const surplus = Object.keys(given).find((name) => !Object.hasOwn(constants, name));
  if (surplus) {
    throw new TypeError(`Cannot call kernel ${kernelName}: it has no constant ${surplus}`);
  }
  return Object.fromEntries(
    Object.keys(constants).map((name) => {
      const operand = flaggedOperand(name);
      const value = operand === undefined ? given[name] : reads[operand] !== undefined;
      if (value === undefined) {
        throw new TypeError(`Cannot call kernel ${kernelName}: constant ${name} is missing`);
      }
      return [name, Number(value)];
    }),
  );
}
