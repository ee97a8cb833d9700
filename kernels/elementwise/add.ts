/**
 * The kernel that adds or copies tensors.
 *
 * @module
 */
import { defineKernel } from "../../src/device/kernel.ts";
import { along, CHUNK } from "../shared/row_phases.ts";
import addWgsl from "./add.wgsl" with { type: "text" };

/** y = a (+ b) (+ y). */
export const addKernel = /* @__PURE__ */ defineKernel({
  name: "add",
  reads: { a: "f32", b: "f32?" },
  writes: { y: "f32" },
  constants: { COUNT: "u32", HAS_B: "bool", ACCUMULATE: "bool" },
  wgsl: [{ file: "elementwise/add.wgsl", source: addWgsl, tile: [256] }],
  phases: along("add", CHUNK),
});
