/**
 * Kernels of activation functions.
 *
 * @module
 */
import { defineKernel } from "../../src/device/kernel.ts";
import { along } from "../shared/row_phases.ts";
import { activationFunctions } from "./parts/elementwise_parts.ts";
import activationWgsl from "./activation.wgsl" with { type: "text" };
import activationBackwardWgsl from "./activation_backward.wgsl" with { type: "text" };

/** y = act(x); KIND is the index of the function. */
export const activationKernel = /* @__PURE__ */ defineKernel({
  name: "activation",
  reads: { x: "f32" },
  writes: { y: "f32" },
  constants: { COUNT: "u32", KIND: "u32" },
  wgsl: [{
    file: "elementwise/activation.wgsl",
    source: activationWgsl,
    parts: [activationFunctions],
    tile: [256],
  }],
  phases: along("activation", 2048),
});

/** dx = dy · act'(x). */
export const activationBackwardKernel = /* @__PURE__ */ defineKernel({
  name: "activation_backward",
  reads: { x: "f32", dy: "f32" },
  writes: { dx: "f32" },
  constants: { COUNT: "u32", KIND: "u32" },
  wgsl: [{
    file: "elementwise/activation_backward.wgsl",
    source: activationBackwardWgsl,
    tile: [256],
  }],
  phases: along("activationBackward", 2048),
});
