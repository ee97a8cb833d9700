/**
 * The list of CPU kernels: what the argument block of each holds, and how its work is divided.
 *
 * @module
 */
import { WorkError } from "../../errors.ts";
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
}

/** One phase over the first dimension of the extent. */
const along =
  (entry: string, grain: number) => (_: Constants, { extent }: Dispatch): CpuPhase[] => [
    { entry, units: extent[0] * extent[1] * extent[2], grain },
  ];

/** Kernels by name. */
const kernels: Readonly<Record<string, CpuKernel>> = {
  add: { constants: ["COUNT", "HAS_B", "ACCUMULATE"], phases: along("add", 16384) },
};

/** The kernel of a dispatch. */
export function cpuKernel(name: string): CpuKernel {
  const kernel = kernels[name];
  if (!kernel) throw new WorkError(`Cannot run kernel ${name}: there is no CPU kernel for it`);
  return kernel;
}

/** Names of all kernels, for the tests that compare devices. */
export function cpuKernelNames(): string[] {
  return Object.keys(kernels);
}
