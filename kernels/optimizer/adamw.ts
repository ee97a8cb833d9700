/**
 * The kernel of the optimizer AdamW.
 *
 * @module
 */
import { defineKernel } from "../../src/device/kernel.ts";
import { along, CHUNK } from "../shared/row_phases.ts";
import adamwWgsl from "./adamw.wgsl" with { type: "text" };

/** One update of parameters and moments in place. */
export const adamwKernel = /* @__PURE__ */ defineKernel({
  name: "adamw",
  reads: { gradients: "f32", norm: "f32" },
  writes: { parameters: "f32", first: "f32", second: "f32" },
  usesStep: true,
  constants: { COUNT: "u32", DECAY_COUNT: "u32" },
  wgsl: [{ file: "optimizer/adamw.wgsl", source: adamwWgsl, tile: [1024] }],
  phases: along("adamw", CHUNK),
});
