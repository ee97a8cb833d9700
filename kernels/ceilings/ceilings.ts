/**
 * Kernels that measure what a device can do at best.
 *
 * @module
 */
import { defineKernel } from "../../src/device/kernel.ts";
import { along, CHUNK } from "../shared/row_phases.ts";
import ceilingCopyWgsl from "./ceiling_copy.wgsl" with { type: "text" };
import ceilingFmaWgsl from "./ceiling_fma.wgsl" with { type: "text" };

/** y = x. */
export const ceilingCopyKernel = /* @__PURE__ */ defineKernel({
  name: "ceiling_copy",
  reads: { x: "f32" },
  writes: { y: "f32" },
  constants: { COUNT: "u32" },
  wgsl: [{ file: "ceilings/ceiling_copy.wgsl", source: ceilingCopyWgsl, tile: [1024] }],
  phases: along("ceilingCopy", CHUNK / 4),
});

/** Multiply-adds in registers; y is never written. */
export const ceilingFmaKernel = /* @__PURE__ */ defineKernel({
  name: "ceiling_fma",
  reads: { operands: "f32" },
  writes: { y: "f32" },
  constants: { ROUNDS: "u32" },
  wgsl: [{ file: "ceilings/ceiling_fma.wgsl", source: ceilingFmaWgsl, tile: [256] }],
  phases: along("ceilingFma", 1024),
});
