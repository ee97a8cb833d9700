/**
 * The kernel of rotary position embeddings.
 *
 * @module
 */
import { defineKernel } from "../../src/device/kernel.ts";
import { rows } from "../shared/row_phases.ts";
import ropeWgsl from "./rope.wgsl" with { type: "text" };

/** Rotates pairs of the first ROTATED heads by the angles of their position, back if INVERSE. */
export const ropeKernel = /* @__PURE__ */ defineKernel({
  name: "rope",
  reads: { x: "f32", table: "f32" },
  writes: { y: "f32" },
  constants: { T: "u32", HEADS: "u32", ROTATED: "u32", HALF: "u32", INVERSE: "bool", COUNT: "u32" },
  wgsl: [{ file: "attention/rope.wgsl", source: ropeWgsl, tile: [256] }],
  phases: ({ COUNT, HEADS, HALF }) => rows("rope", COUNT / (HEADS * HALF), HEADS * HALF),
});
