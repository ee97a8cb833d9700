/**
 * Kernels that pool the tokens of an image.
 *
 * @module
 */
import { defineKernel } from "../../src/device/kernel.ts";
import { rows } from "../shared/row_phases.ts";
import poolWgsl from "./pool.wgsl" with { type: "text" };
import poolBackwardWgsl from "./pool_backward.wgsl" with { type: "text" };

/** One row per sequence: the first, the mean or the weighted sum of its tokens, by MODE. */
export const poolKernel = /* @__PURE__ */ defineKernel({
  name: "pool",
  reads: { x: "f32", scores: "f32?" },
  writes: { y: "f32", p: "f32" },
  constants: { T: "u32", C: "u32", MODE: "u32", B: "u32" },
  wgsl: [{ file: "images/pool.wgsl", source: poolWgsl, tile: [1] }],
  phases: ({ B, T, C }) => rows("pool", B, T * C),
});

/** Gradients of {@link poolKernel} for x and the scores. */
export const poolBackwardKernel = /* @__PURE__ */ defineKernel({
  name: "pool_backward",
  reads: { dy: "f32", x: "f32?", p: "f32?", pending: "f32?" },
  writes: { dx: "f32", dscores: "f32" },
  constants: { T: "u32", C: "u32", MODE: "u32", HAS_PENDING: "bool", B: "u32" },
  wgsl: [{ file: "images/pool_backward.wgsl", source: poolBackwardWgsl, tile: [1] }],
  phases: ({ B, T, C }) => rows("poolBackward", B, T * C),
});
