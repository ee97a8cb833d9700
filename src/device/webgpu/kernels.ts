/**
 * The list of WGSL kernels: one line each. A kernel may have variants for different hardware or sizes;
 * the first that applies is taken.
 *
 * @module
 */
import { WorkError } from "../../errors.ts";
import type { Dispatch } from "../device.ts";
import add from "../../../kernels/add.wgsl" with { type: "text" };

/** A compute shader with entry point `main`. */
export interface WgslKernel {
  /** File name in `kernels/`, for messages. */
  readonly file: string;
  readonly source: string;
  /** How much of the dispatch's extent one workgroup covers. */
  readonly tile: readonly [number, number, number];
  /** Whether this variant is the right one; absent: always. */
  readonly applies?: (dispatch: Dispatch, software: boolean) => boolean;
}

/** Variants by kernel name, preferred first. */
const kernels: Readonly<Record<string, readonly WgslKernel[]>> = {
  add: [{ file: "add.wgsl", source: add, tile: [256, 1, 1] }],
};

/** The variant that runs a dispatch. */
export function selectKernel(dispatch: Dispatch, software: boolean): WgslKernel {
  const variants = kernels[dispatch.kernel] ?? [];
  const kernel = variants.find(({ applies }) => applies?.(dispatch, software) ?? true);
  if (!kernel) throw new WorkError(`Cannot run kernel ${dispatch.kernel}: there is no WGSL for it`);
  return kernel;
}

/** Names of all kernels, for the tests that compare devices. */
export function kernelNames(): string[] {
  return Object.keys(kernels);
}

const MAX_WORKGROUPS = 65535;

/**
 * Workgroups per dimension. A one-dimensional extent beyond WebGPU's limit is folded into the second
 * dimension; such kernels number their workgroups by `id.x + id.y * num_workgroups.x`.
 */
export function workgroupCounts(
  dispatch: Dispatch,
  kernel: WgslKernel,
): readonly [number, number, number] {
  const [x, y, z] = dispatch.extent.map((size, i) => Math.ceil(size / kernel.tile[i]));
  if (x > MAX_WORKGROUPS && y === 1 && z === 1) {
    const folds = Math.ceil(x / MAX_WORKGROUPS);
    return [Math.ceil(x / folds), folds, 1];
  }
  if (Math.max(x, y, z) > MAX_WORKGROUPS) {
    throw new WorkError(
      `Cannot run ${dispatch.label} over ${dispatch.extent.join("×")}: WebGPU allows ` +
        `${MAX_WORKGROUPS} workgroups per dimension; reduce --batch or --context`,
    );
  }
  return [x, y, z];
}
