/**
 * Kernels of gated linear units.
 *
 * @module
 */
import { defineKernel } from "../../src/device/kernel.ts";
import { rows } from "../shared/row_phases.ts";
import gluWgsl from "./glu.wgsl" with { type: "text" };
import gluBackwardWgsl from "./glu_backward.wgsl" with { type: "text" };

/** y = act(gate) · up, x = (gate, up). */
export const gluKernel = /* @__PURE__ */ defineKernel({
  name: "glu",
  reads: { x: "f32" },
  writes: { y: "f32" },
  constants: { M: "u32", F: "u32", KIND: "u32" },
  wgsl: [{ file: "elementwise/glu.wgsl", source: gluWgsl, tile: [256] }],
  phases: ({ M, F }) => rows("glu", M, F),
});

/** The gradient of {@link gluKernel} for x. */
export const gluBackwardKernel = /* @__PURE__ */ defineKernel({
  name: "glu_backward",
  reads: { x: "f32", dy: "f32" },
  writes: { dx: "f32" },
  constants: { M: "u32", F: "u32", KIND: "u32" },
  wgsl: [{ file: "elementwise/glu_backward.wgsl", source: gluBackwardWgsl, tile: [256] }],
  phases: ({ M, F }) => rows("gluBackward", M, F),
});
