/**
 * What a kernel is: one declaration of what it reads, writes and is compiled with.
 *
 * From a declaration follow the bindings of the WGSL and their check, the argument block of the CPU device and the
 * AssemblyScript class that names its words, and the types of the call in an op's `lower`. Declarations lie in
 * `kernels/`, beside the kernels they declare.
 *
 * @module
 */
import type { Dispatch, DType } from "./device.ts";

/** What an operand holds. `words`: 32-bit words whose meaning depends on the constants, of values of any type. */
export type ElementType = DType | "words";

/** Type of an operand; with a question mark one that may be absent. */
export type OperandType = ElementType | `${ElementType}?`;

/** Operands by name, in the order in which they are bound. */
export type Operands = Readonly<Record<string, OperandType>>;

/** Type of a constant. `u32` is a size, a count or an index: below 2³¹ unless the kernel says otherwise. */
export type ConstantType = "u32" | "f32" | "bool";

/** Constants by name, in the order of the argument block. */
export type ConstantTypes = Readonly<Record<string, ConstantType>>;

/** Values of constants: numbers, 1 and 0 for true and false. */
export type Constants = Readonly<Record<string, number>>;

/** A file of WGSL. */
export interface WgslFile {
  /** Where it lies in `kernels/`, for messages. */
  readonly file: string;
  /** Its text. */
  readonly source: string;
}

/** A compute shader with entry point `main`. */
export interface WgslVariant extends WgslFile {
  /** Files that it is joined with: functions and memory that kernels share. The first distinguishes variants of one file. */
  readonly parts?: readonly WgslFile[];
  /** How much of the dispatch's extent one workgroup covers; dimensions that are missing are 1. */
  readonly tile: readonly number[];
  /** Whether this variant is the right one; absent: always. */
  readonly applies?: (dispatch: Dispatch, software: boolean) => boolean;
}

/** A part of a dispatch on the CPU that starts when the part before it is done. */
export interface CpuPhase {
  /** Exported function. */
  readonly entry: string;
  /** Units of work. */
  readonly units: number;
  /** Units that one thread takes at a time. Chosen by size alone, never by the number of threads. */
  readonly grain: number;
}

/**
 * A kernel, as both devices and the ops see it.
 *
 * @typeParam R Operands that are only read.
 * @typeParam W Operands that are written.
 * @typeParam C Constants.
 */
export interface Kernel<
  R extends Operands = Operands,
  W extends Operands = Operands,
  C extends ConstantTypes = ConstantTypes,
> {
  /** Unique name, snake_case. */
  readonly name: string;
  /** Bound first. */
  readonly reads: R;
  /** Bound next. */
  readonly writes: W;
  /** Whether the step uniform is bound last. */
  readonly usesStep?: boolean;
  /** What it is compiled with. A constant `HAS_X` says whether the optional operand `x` is there. */
  readonly constants: C;
  /** Variants for different hardware or sizes; the first that applies is taken. */
  readonly wgsl: readonly WgslVariant[];
  /** How the CPU device divides a dispatch. */
  phases(
    constants: Readonly<Record<keyof C, number>>,
    dispatch: Dispatch,
  ): readonly CpuPhase[];
  /** Memory that the phases of a dispatch share on the CPU, in bytes. */
  scratchBytes?(constants: Readonly<Record<keyof C, number>>): number;
  /** Memory after it that one thread has for itself while it works on a chunk, in bytes. */
  privateBytes?(constants: Readonly<Record<keyof C, number>>): number;
}

/**
 * Declares a kernel.
 *
 * @throws {TypeError} If two of its arguments have one name, or a `HAS_…` constant no optional operand.
 */
export function defineKernel<
  const R extends Operands,
  const W extends Operands,
  const C extends ConstantTypes,
>(kernel: Kernel<R, W, C>): Kernel<R, W, C> {
  const { name, reads, writes, constants } = kernel;
  const names = [reads, writes, constants].flatMap((part) => Object.keys(part));
  const twice = names.find((argument, i) => names.indexOf(argument) !== i);
  if (twice) throw new TypeError(`Cannot declare kernel ${name}: it has two arguments ${twice}`);
  for (const constant of Object.keys(constants)) {
    const operand = flaggedOperand(constant);
    if (operand === undefined || isOptional(reads[operand] ?? "f32")) continue;
    throw new TypeError(
      `Cannot declare kernel ${name}: ${constant} needs an optional operand ${operand}`,
    );
  }
  return kernel;
}

/** The optional operand of which a constant says whether it is there. */
export function flaggedOperand(constant: string): string | undefined {
  return constant.startsWith("HAS_") ? constant.slice("HAS_".length).toLowerCase() : undefined;
}

/** Whether an operand may be absent. */
export function isOptional(type: OperandType): boolean {
  return type.endsWith("?");
}

/** What an operand holds, where it is there. */
export function elementType(type: OperandType): ElementType {
  return type.replace("?", "") as ElementType;
}
