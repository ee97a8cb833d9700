/**
 * Which WGSL runs a dispatch, and in how many workgroups.
 *
 * @module
 */
import { WorkError } from "../../errors.ts";
import type { Dispatch } from "../device.ts";
import type { WgslVariant } from "../kernel.ts";

/**
 * The variant that runs a dispatch: the first that applies.
 *
 * @param software Whether the adapter is emulated on the processor.
 * @throws {WorkError} If none does.
 */
export function selectVariant(dispatch: Dispatch, software: boolean): WgslVariant {
  const { name, wgsl } = dispatch.kernel;
  const variant = wgsl.find(({ applies }) => applies?.(dispatch, software) ?? true);
  if (!variant) throw new WorkError(`Cannot run kernel ${name}: there is no WGSL for it`);
  return variant;
}

const MAX_WORKGROUPS = 65535;

/**
 * Workgroups per dimension. A one-dimensional extent beyond WebGPU's limit is folded into the second
 * dimension; such kernels number their workgroups by `id.x + id.y * num_workgroups.x`.
 */
export function workgroupCounts(
  dispatch: Dispatch,
  { tile }: WgslVariant,
): readonly [number, number, number] {
  const [x, y, z] = dispatch.extent.map((size, i) => Math.ceil(size / (tile[i] ?? 1)));
  if (x > MAX_WORKGROUPS && y === 1 && z === 1) {
    const folds = Math.ceil(x / MAX_WORKGROUPS);
    return [Math.ceil(x / folds), folds, 1];
  }
  if (Math.max(x, y, z) > MAX_WORKGROUPS) {
    throw new WorkError(
      `Cannot run ${dispatch.label} over ${dispatch.extent.join("×")}: WebGPU allows ` +
        `${MAX_WORKGROUPS} workgroups per dimension; reduce the batch or the context`,
    );
  }
  return [x, y, z];
}
