/**
 * The kernel that adds one tensor to every part of another.
 *
 * @module
 */
import { defineKernel } from "../../src/device/kernel.ts";
import { rows } from "../shared/row_phases.ts";
import broadcastAddWgsl from "./broadcast_add.wgsl" with { type: "text" };

/** y[…, i] = x[…, i] + b[i], i below PERIOD. */
export const broadcastAddKernel = /* @__PURE__ */ defineKernel({
  name: "broadcast_add",
  reads: { x: "f32", b: "f32" },
  writes: { y: "f32" },
  constants: { PERIOD: "u32", COUNT: "u32" },
  wgsl: [{ file: "elementwise/broadcast_add.wgsl", source: broadcastAddWgsl, tile: [256] }],
  phases: ({ COUNT, PERIOD }) => rows("broadcastAdd", COUNT / PERIOD, PERIOD),
});
