/**
 * What a CPU kernel is: the arguments it takes and the parts its work is divided into.
 *
 * @module
 */
import type { Dispatch } from "../device.ts";

/** Constants of a dispatch. */
export type Constants = Readonly<Record<string, number>>;

/** A part of a dispatch that starts when the part before it is done. */
export interface CpuPhase {
  /** Exported function. */
  readonly entry: string;
  /** Units of work. */
  readonly units: number;
  /** Units that one thread takes at a time. Chosen by size alone, never by the number of threads. */
  readonly grain: number;
}

/** A kernel: one file in `kernels/`, written in AssemblyScript. */
export interface CpuKernel {
  /** Constants in the order of the argument block, after the addresses. */
  readonly constants: readonly string[];
  /** Which of them are floats; the others are integers. */
  readonly floats?: readonly string[];
  /** The phases of a dispatch. */
  phases(constants: Constants, dispatch: Dispatch): readonly CpuPhase[];
  /** Memory that the phases of a dispatch share, in bytes. */
  scratchBytes?(constants: Constants): number;
  /** Memory after it that one thread has for itself while it works on a chunk, in bytes. */
  privateBytes?(constants: Constants): number;
}

/** The next multiple of `step`. */
export const roundUp = (value: number, step: number): number => Math.ceil(value / step) * step;
