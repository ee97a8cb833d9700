/**
 * The kernel that simple optimizers are made of.
 *
 * @module
 */
import { defineKernel } from "../../src/device/kernel.ts";
import { along, CHUNK } from "../shared/row_phases.ts";
import scaledAddWgsl from "./scaled_add.wgsl" with { type: "text" };

/** y = βy + αx in place, with factors from the step values. */
export const scaledAddKernel = /* @__PURE__ */ defineKernel({
  name: "scaled_add",
  reads: { x: "f32", norm: "f32" },
  writes: { y: "f32" },
  usesStep: true,
  constants: { COUNT: "u32", X_SCALAR: "u32", Y_SCALAR: "u32" },
  wgsl: [{ file: "optimizer/scaled_add.wgsl", source: scaledAddWgsl, tile: [1024] }],
  phases: along("scaledAdd", CHUNK),
});
