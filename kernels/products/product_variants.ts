/**
 * Which WGSL of a product fits a dispatch.
 *
 * @module
 */
import type { Dispatch } from "../../src/device/device.ts";

/** Fewer workgroups than this leave parts of a large GPU idle. */
const ENOUGH_WORKGROUPS = 128;

/** For adapters that emulate a GPU on the processor. */
export const onSoftware = (_: Dispatch, software: boolean): boolean => software;

/** Whether square tiles of a matrix suffice to fill a GPU; kernels of large tiles write whole vectors. */
export const fillsGpu = (tile: number) => ({ extent: [N, M] }: Dispatch): boolean =>
  N % 4 === 0 && Math.ceil(M / tile) * Math.ceil(N / tile) >= ENOUGH_WORKGROUPS;
