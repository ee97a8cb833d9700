/**
 * The kernel of dropout.
 *
 * @module
 */
import { defineKernel } from "../../src/device/kernel.ts";
import { along } from "../shared/row_phases.ts";
import dropoutWgsl from "./dropout.wgsl" with { type: "text" };

/** y = mask · SCALE · x (+ residual), the mask drawn from SALT and the seed of the step. */
export const dropoutKernel = /* @__PURE__ */ defineKernel({
  name: "dropout",
  reads: { x: "f32", residual: "f32?" },
  writes: { y: "f32" },
  usesStep: true,
  constants: {
    COUNT: "u32",
    SALT: "u32",
    THRESHOLD: "u32",
    SCALE: "f32",
    GROUP: "u32",
    HAS_RESIDUAL: "bool",
  },
  wgsl: [{ file: "elementwise/dropout.wgsl", source: dropoutWgsl, tile: [256] }],
  phases: along("dropout", 2048),
});
